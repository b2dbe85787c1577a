"""Which sites a session may belong to, as far as what was pasted with it tells. Pure."""

from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

from dreambridge.catalog import Site
from dreambridge.engine.pasting import Pasted


def likely_sites(pasted: Pasted, sites: Mapping[str, Site], order: tuple[str, ...]) -> tuple[str, ...]:
    """List the sites to ask, the likeliest first: those whose pages the paste names, or else `order`.

    Of sites that share their pages those in `order` are asked, and the one that the account's own country names.
    """
    named = [name for name, site in sites.items() if _names(pasted.hosts, _pages(site))]
    at_home = [name for name in named or order if name in sites and _lives_there(pasted.homes, sites[name])]
    usual = [name for name in order if not named or name in named]
    return tuple(dict.fromkeys([*at_home, *usual])) or tuple(named) or order


def _pages(site: Site) -> tuple[str, ...]:
    addresses = (site.origin, site.referer, site.mweb, site.passport)
    return tuple(dict.fromkeys(host for address in addresses if (host := urlsplit(address).hostname)))


def _names(hosts: Iterable[str], pages: tuple[str, ...]) -> bool:
    """Tell whether a host, or the domain of a cookie, is that of one of the pages."""
    return any(page == host or page.endswith(f".{host}") for host in hosts for page in pages)


def _lives_there(homes: Iterable[str], site: Site) -> bool:
    """Tell whether `us`, or `cn-gd`, is the site's own region."""
    return any(code.partition("-")[0] in {site.name.lower(), site.region.lower()} for code in homes)
