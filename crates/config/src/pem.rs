//! Is this text what a TLS stack will want to read later? Asked early, while file and field are still known.

use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _};

/// Checks that there is at least one certificate and that all PEM sections are whole.
pub(crate) fn check_certificates(pem: &[u8]) -> Result<(), &'static str> {
    let mut count = 0_usize;
    for section in CertificateDer::pem_slice_iter(pem) {
        // The library's own error quotes the text, which may be anything.
        section.map_err(|_| "is not valid PEM")?;
        count += 1;
    }
    if count == 0 { Err("holds no PEM certificate") } else { Ok(()) }
}

/// Checks that there is an unencrypted private key.
pub(crate) fn check_key(pem: &[u8]) -> Result<(), &'static str> {
    match PrivateKeyDer::from_pem_slice(pem) {
        Ok(_) => Ok(()),
        Err(_) if pem.windows(ENCRYPTED.len()).any(|window| window == ENCRYPTED) => {
            Err("the private key is encrypted")
        }
        Err(rustls_pki_types::pem::Error::NoItemsFound) => Err("holds no PEM private key"),
        Err(_) => Err("is not valid PEM"),
    }
}

const ENCRYPTED: &[u8] = b"BEGIN ENCRYPTED PRIVATE KEY";

#[cfg(test)]
mod tests {
    use super::{check_certificates, check_key};

    #[test]
    fn sections() {
        let certificate = "-----BEGIN CERTIFICATE-----\nAQID\n-----END CERTIFICATE-----\n";
        let key = "-----BEGIN PRIVATE KEY-----\nAQID\n-----END PRIVATE KEY-----\n";
        let encrypted = key.replace("PRIVATE", "ENCRYPTED PRIVATE");
        for (pem, certificates, keys) in [
            (String::new(), Err("holds no PEM certificate"), Err("holds no PEM private key")),
            ("nonsense".to_owned(), Err("holds no PEM certificate"), Err("holds no PEM private key")),
            (certificate.to_owned(), Ok(()), Err("holds no PEM private key")),
            (format!("notes\n{certificate}\nmore\n{certificate}"), Ok(()), Err("holds no PEM private key")),
            (key.to_owned(), Err("holds no PEM certificate"), Ok(())),
            (key.replace("PRIVATE", "EC PRIVATE"), Err("holds no PEM certificate"), Ok(())),
            (format!("{certificate}{key}"), Ok(()), Ok(())),
            (encrypted, Err("holds no PEM certificate"), Err("the private key is encrypted")),
            (certificate[..30].to_owned(), Err("is not valid PEM"), Err("is not valid PEM")),
            (certificate.replace("AQID", "A?"), Err("is not valid PEM"), Err("is not valid PEM")),
        ] {
            assert_eq!(
                (check_certificates(pem.as_bytes()), check_key(pem.as_bytes())),
                (certificates, keys),
                "{pem}"
            );
        }
    }
}
