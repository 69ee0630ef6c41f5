"""Who sits on the link: ARP and Neighbour Discovery over one cache."""
