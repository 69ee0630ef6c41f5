/* SPDX-License-Identifier: ISC */
/* memmove.c defines memcpy(), too. */
