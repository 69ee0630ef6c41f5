"""The standard library in an image: what has no need of an operating system imports, and works."""

from tests.boot_images.harness import Lab

# Everything that runs without files, processes, threads, a terminal or shared libraries.
IMPORTS = """
abc argparse array ast asyncio base64 binascii bisect calendar cmath codecs collections colorsys
configparser contextlib contextvars copy copyreg csv dataclasses datetime decimal difflib dis email
email.message email.mime.text email.parser enum errno fnmatch fractions functools gc gettext glob graphlib
gzip hashlib heapq hmac html html.entities html.parser http http.client http.cookies importlib
importlib.util inspect io ipaddress itertools json keyword linecache locale logging logging.config
logging.handlers math
mimetypes numbers operator os os.path pathlib pickle pprint quopri random re reprlib sched secrets shlex
signal socket socketserver statistics string stringprep struct symtable tempfile textwrap threading time
token tokenize tomllib traceback types typing unicodedata urllib.error urllib.parse urllib.request uuid
warnings weakref wsgiref.simple_server xml.dom.minidom xml.etree.ElementTree xml.sax xmlrpc.client zipfile
zlib zoneinfo
""".split()  # noqa: SIM905

UNIKERNEL = f"""\
{"".join(f"import {name}{chr(10)}" for name in IMPORTS)}

async def main() -> None:
    print(len({IMPORTS!r}), "imported")
"""

# Behind each of these is an import that happens only when the function is called.
CALLS = {
    "datetime.datetime.strptime('2024-02-29', '%Y-%m-%d').day": "29",
    "time.strptime('12:30', '%H:%M').tm_min": "30",
    "collections.ChainMap({1: 2}).copy()[1]": "2",
    "collections.Counter('aab').most_common(1)": "[('a', 2)]",
    "email.message_from_string('A: b\\n\\nc')['a']": "b",
    "json.loads('[1, {\"a\": null}]')": "[1, {'a': None}]",
    "functools.singledispatch(lambda x: x).register(int, str)(5)": "5",
    "decimal.Decimal(1) / 3": "0.3333333333333333333333333333",
    "fractions.Fraction('1/3') + 1": "4/3",
    "statistics.median([3, 1, 2])": "2",
    "re.sub('(a)(b)', r'\\2\\1', 'ab')": "ba",
    "copy.deepcopy({1: [2]})": "{1: [2]}",
    "pickle.loads(pickle.dumps((1, 'a')))": "(1, 'a')",
    "struct.unpack('>H', b'\\1\\2')[0]": "258",
    "memoryview(b'ab').cast('H').tolist() == memoryview(b'ab').cast('H')": "False",
    "ipaddress.ip_network('10.0.0.0/8').num_addresses": "16777216",
    "uuid.UUID(int=1)": "00000000-0000-0000-0000-000000000001",
    "hashlib.sha256(b'').hexdigest()[:8]": "e3b0c442",
    "hmac.new(b'k', b'm', 'sha256').hexdigest()[:8]": "b60090e3",
    "gzip.decompress(gzip.compress(bytes(9999))) == bytes(9999)": "True",
    "zlib.crc32(b'123456789')": f"{0xCBF43926}",
    "zlib.decompressobj(-15).decompress(zlib.compress(b'abc', wbits=-15))": "b'abc'",
    "'ä'.encode('latin-1')": "b'\\xe4'",
    "'bücher'.encode('idna')": "b'xn--bcher-kva'",
    "'a'.encode('utf-16-le')": "b'a\\x00'",
    "inspect.signature(inspect.cleandoc)": "(doc)",
    "zoneinfo.TZPATH": "()",
    "textwrap.dedent('  a')": "a",
    "urllib.parse.urlsplit('http://h/p?q#f').path": "/p",
    "xml.etree.ElementTree.fromstring('<a><b/></a>').find('.//b').tag": "b",
    "base64.b64encode(b'abc')": "b'YWJj'",
    "tomllib.loads('a = 1')": "{'a': 1}",
    "difflib.get_close_matches('appel', ['apple'])": "['apple']",
    "shlex.quote('a b')": "'a b'",
    "next(csv.reader(['a,b']))": "['a', 'b']",
    "html.unescape('&lt;')": "<",
    "ast.literal_eval('[1]')": "[1]",
    "type(dataclasses.make_dataclass('D', ['x'])(1)).__name__": "D",
    "random.Random(1).randrange(100)": "17",
    "string.Template('$a').substitute(a=1)": "1",
}


def test_imports(lab: Lab) -> None:
    run = lab.boot(lab.build({"unikernel.py": UNIKERNEL}), options=("--mem=64",))
    assert run.console == f"{len(IMPORTS)} imported\n"


def test_calls(lab: Lab) -> None:
    body = "".join(f"    print({call})\n" for call in CALLS)
    source = f"import {', '.join(IMPORTS)}\n\n\nasync def main() -> None:\n{body}"
    run = lab.boot(lab.build({"unikernel.py": source}), options=("--mem=64",))
    assert run.console.splitlines() == list(CALLS.values())
