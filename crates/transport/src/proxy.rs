//! Which proxy to go through: a function of the configuration and the environment.

use std::net::IpAddr;

use steersman_config::{Config, ProxyUrl, ServerUrl, Trust};

use crate::{
    error::{Error, ErrorKind},
    tls::Crypto,
};

/// Which proxy a client goes through.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Proxy {
    /// The configuration's `proxy-url`; where it has none, what `HTTPS_PROXY` (for an `http://` server `HTTP_PROXY`)
    /// says, unless `NO_PROXY` excludes the server. As in Go, a server on this machine is never reached through a
    /// proxy of the environment, and lower-case names count too.
    #[default]
    FromConfig,
    /// None, whatever the configuration and the environment say.
    Direct,
    /// This one, for every request.
    Through(ProxyUrl),
}

/// The way to a server that is not the cluster's: through which proxy, and how TLS is spoken on it.
#[derive(Clone, Debug)]
pub(crate) struct Way {
    pub(crate) proxy: Proxy,
    pub(crate) trust: Trust,
    pub(crate) crypto: Crypto,
}

/// The proxy for the one server of a configuration. `variable` reads the environment.
pub(crate) fn choose(
    config: &Config,
    proxy: &Proxy,
    variable: impl Fn(&str) -> Option<String>,
) -> Result<Option<ProxyUrl>, Error> {
    match proxy {
        Proxy::Direct => return Ok(None),
        Proxy::Through(proxy) => return Ok(Some(proxy.clone())),
        Proxy::FromConfig => {}
    }
    if let Some(proxy) = &config.proxy_url {
        return Ok(Some(proxy.clone()));
    }
    let either = |upper: &str| {
        let value = variable(upper).filter(|value| !value.is_empty());
        value.or_else(|| variable(&upper.to_ascii_lowercase()).filter(|value| !value.is_empty()))
    };
    let server = &config.server;
    let (field, value) = if server.is_https() {
        ("HTTPS_PROXY", either("HTTPS_PROXY"))
    } else if variable("REQUEST_METHOD").is_some() {
        // In a CGI program the caller's header `Proxy` would set this one.
        ("HTTP_PROXY", None)
    } else {
        ("HTTP_PROXY", either("HTTP_PROXY"))
    };
    let Some(value) = value else { return Ok(None) };
    if is_local(server.host()) || either("NO_PROXY").is_some_and(|list| is_excluded(&list, server)) {
        return Ok(None);
    }
    let value = match value.split_once("://") {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("socks5h") => format!("socks5://{rest}"),
        Some(_) => value,
        None => format!("http://{value}"),
    };
    let proxy =
        value.parse().map_err(|error| Error::new(ErrorKind::Config { field }).because(Box::new(error)))?;
    Ok(Some(proxy))
}

fn is_local(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Whether a `NO_PROXY` list excludes a server: names (with what is below them; below them only, with a dot or `*.` in
/// front), addresses, networks, each with a port or without; `*` is all.
fn is_excluded(list: &str, server: &ServerUrl) -> bool {
    let host = server.host().trim_end_matches('.').to_ascii_lowercase();
    let address = host.parse::<IpAddr>().ok().map(|address| address.to_canonical());
    list.split([',', ' ']).map(|entry| entry.trim().to_ascii_lowercase()).any(|entry| {
        if entry == "*" {
            return true;
        }
        if let Some((network, length)) = entry.split_once('/') {
            return match (network.parse(), length.parse(), address) {
                (Ok(network), Ok(length), Some(address)) => contains(network, length, address),
                _ => false,
            };
        }
        let (name, port) = name_and_port(&entry);
        if name.is_empty() || port.is_some_and(|port| port != server.port()) {
            return false;
        }
        if let Ok(excluded) = name.parse::<IpAddr>() {
            return address == Some(excluded.to_canonical());
        }
        let name = name.strip_prefix('*').unwrap_or(name).trim_end_matches('.');
        match name.strip_prefix('.') {
            Some(domain) => {
                !domain.is_empty() && host.strip_suffix(name).is_some_and(|rest| !rest.is_empty())
            }
            None => host == name || host.strip_suffix(name).is_some_and(|rest| rest.ends_with('.')),
        }
    })
}

fn name_and_port(entry: &str) -> (&str, Option<u16>) {
    if let Some((address, rest)) = entry.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        return (address, rest.strip_prefix(':').and_then(|port| port.parse().ok()));
    }
    match entry.split_once(':') {
        Some((name, port)) if !port.contains(':') => match port.parse() {
            Ok(port) => (name, Some(port)),
            Err(_) => ("", None),
        },
        _ => (entry, None),
    }
}

fn contains(network: IpAddr, length: u32, address: IpAddr) -> bool {
    let same =
        |a: u128, b: u128, bits: u32| length <= bits && (length == 0 || (a ^ b) >> (bits - length) == 0);
    match (network, address) {
        (IpAddr::V4(a), IpAddr::V4(b)) => same(u32::from(a).into(), u32::from(b).into(), 32),
        (IpAddr::V6(a), IpAddr::V6(b)) => same(a.into(), b.into(), 128),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use steersman_config::Config;

    use super::{Proxy, choose};
    use crate::ErrorKind;

    fn chosen(server: &str, proxy: &Proxy, env: &[(&str, &str)]) -> Result<Option<String>, ErrorKind> {
        let config = Config::new(server.parse().expect("a server"));
        let variable =
            |name: &str| env.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        let proxy = choose(&config, proxy, variable).map_err(|error| error.kind().clone())?;
        Ok(proxy.map(|proxy| proxy.expose()))
    }

    /// D09: what the environment says, and for whom.
    #[test]
    fn d09_the_environment_names_a_proxy() {
        let secure = "https://api.example.com:6443";
        for (server, env, want) in [
            (secure, &[][..], None),
            (secure, &[("HTTPS_PROXY", "http://p:3128")], Some("http://p:3128")),
            (secure, &[("https_proxy", "http://p:3128")], Some("http://p:3128")),
            (secure, &[("HTTPS_PROXY", ""), ("https_proxy", "http://p:1")], Some("http://p:1")),
            (secure, &[("HTTPS_PROXY", "http://a:1"), ("https_proxy", "http://b:1")], Some("http://a:1")),
            (secure, &[("HTTP_PROXY", "http://p:3128")], None),
            (secure, &[("ALL_PROXY", "http://p:3128")], None),
            (secure, &[("HTTPS_PROXY", "p:3128")], Some("http://p:3128")),
            (secure, &[("HTTPS_PROXY", "https://p")], Some("https://p:443")),
            (secure, &[("HTTPS_PROXY", "socks5://u:pw@p")], Some("socks5://u:pw@p:1080")),
            (secure, &[("HTTPS_PROXY", "socks5h://p")], Some("socks5://p:1080")),
            ("http://api:8080", &[("HTTP_PROXY", "http://p:1")], Some("http://p:1")),
            ("http://api:8080", &[("HTTPS_PROXY", "http://p:1")], None),
            ("http://api:8080", &[("HTTP_PROXY", "http://p:1"), ("REQUEST_METHOD", "GET")], None),
            ("https://localhost:6443", &[("HTTPS_PROXY", "http://p:1")], None),
            ("https://127.0.0.1:6443", &[("HTTPS_PROXY", "http://p:1")], None),
            ("https://127.9.9.9:6443", &[("HTTPS_PROXY", "http://p:1")], None),
            ("https://[::1]:6443", &[("HTTPS_PROXY", "http://p:1")], None),
        ] {
            assert_eq!(
                chosen(server, &Proxy::FromConfig, env),
                Ok(want.map(str::to_owned)),
                "{server} {env:?}"
            );
        }
        for bad in ["ftp://p", "http://", "http://p:99999", "http://u:hunter2@:1"] {
            let got = chosen(secure, &Proxy::FromConfig, &[("HTTPS_PROXY", bad)]);
            assert_eq!(got, Err(ErrorKind::Config { field: "HTTPS_PROXY" }), "{bad}");
        }
    }

    /// D09: whom `NO_PROXY` excludes.
    #[test]
    fn d09_no_proxy() {
        for (server, list, excluded) in [
            ("https://api.example.com:6443", "", false),
            ("https://api.example.com:6443", "*", true),
            ("https://api.example.com:6443", "other,*", true),
            ("https://api.example.com:6443", "api.example.com", true),
            ("https://api.example.com:6443", "API.Example.COM", true),
            ("https://api.example.com:6443", "api.example.com.", true),
            ("https://api.example.com:6443", "example.com", true),
            ("https://api.example.com:6443", ".example.com", true),
            ("https://api.example.com:6443", "*.example.com", true),
            ("https://api.example.com:6443", "com", true),
            ("https://api.example.com:6443", "ample.com", false),
            ("https://api.example.com:6443", "pi.example.com", false),
            ("https://example.com:6443", ".example.com", false),
            ("https://example.com:6443", "*.example.com", false),
            ("https://example.com:6443", "example.com", true),
            ("https://example.com:6443", "api.example.com", false),
            ("https://api.example.com:6443", " other , api.example.com ", true),
            ("https://api.example.com:6443", "other api.example.com", true),
            ("https://api.example.com:6443", "api.example.com:6443", true),
            ("https://api.example.com:6443", "api.example.com:443", false),
            ("https://api.example.com", ".example.com:443", true),
            ("https://api.example.com:6443", "api.example.com:port", false),
            ("https://api.example.com:6443", ".", false),
            ("https://api.example.com:6443", ",,", false),
            ("https://10.1.2.3:6443", "10.1.2.3", true),
            ("https://10.1.2.3:6443", "10.1.2.4", false),
            ("https://10.1.2.3:6443", "10.1.2.3:6443", true),
            ("https://10.1.2.3:6443", "10.1.2.3:443", false),
            ("https://10.1.2.3:6443", "10.0.0.0/8", true),
            ("https://10.1.2.3:6443", "10.1.2.3/32", true),
            ("https://10.1.2.3:6443", "10.1.2.2/32", false),
            ("https://10.1.2.3:6443", "10.1.2.2/31", true),
            ("https://10.1.2.3:6443", "0.0.0.0/0", true),
            ("https://10.1.2.3:6443", "11.0.0.0/8", false),
            ("https://10.1.2.3:6443", "10.0.0.0/33", false),
            ("https://10.1.2.3:6443", "10.0.0.0/x", false),
            ("https://10.1.2.3:6443", "10", false),
            ("https://10.1.2.3:6443", "2001:db8::/32", false),
            ("https://api.example.com:6443", "10.0.0.0/8", false),
            ("https://[2001:db8::5]:6443", "2001:db8::/32", true),
            ("https://[2001:db8::5]:6443", "2001:db9::/32", false),
            ("https://[2001:db8::5]:6443", "::/0", true),
            ("https://[2001:db8::5]:6443", "2001:db8::5", true),
            ("https://[2001:db8::5]:6443", "[2001:db8::5]", true),
            ("https://[2001:db8::5]:6443", "[2001:db8::5]:6443", true),
            ("https://[2001:db8::5]:6443", "[2001:db8::5]:443", false),
            ("https://[2001:db8::5]:6443", "2001:db8:0::5", true),
            ("https://[2001:db8::5]:6443", "10.0.0.0/8", false),
        ] {
            for name in ["NO_PROXY", "no_proxy"] {
                let env = [("HTTPS_PROXY", "http://p:1"), (name, list)];
                let got = chosen(server, &Proxy::FromConfig, &env).expect("a proxy or none");
                assert_eq!(got.is_none(), excluded, "{server} {list:?}");
            }
        }
    }

    /// The configuration wins over the environment, and the program over both.
    #[test]
    fn the_nearer_one_wins() {
        let env = |name: &str| match name {
            "HTTPS_PROXY" => Some("http://environment:1".to_owned()),
            "NO_PROXY" => Some("*".to_owned()),
            _ => None,
        };
        let mut config = Config::new("https://127.0.0.1:6443".parse().expect("a server"));
        config.proxy_url = Some("http://config:1".parse().expect("a URL"));
        let own = Proxy::Through("http://own:1".parse().expect("a URL"));
        for (proxy, want) in
            [(&Proxy::FromConfig, Some("config")), (&Proxy::Direct, None), (&own, Some("own"))]
        {
            let got = choose(&config, proxy, env).expect("a choice");
            assert_eq!(got.as_ref().map(|proxy| proxy.host()), want, "{proxy:?}");
        }
    }
}
