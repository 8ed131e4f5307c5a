//! The authority itself, and the certificates that it issues.

use std::collections::HashMap;
use std::fmt;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use aws_lc_rs::rand::SecureRandom;
use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, GeneralSubtree, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    NameConstraints, PKCS_ECDSA_P256_SHA256, SanType, SerialNumber,
};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use time::OffsetDateTime;

use crate::capture::proxy::crypto;
use crate::capture::proxy::hosts::{Hosts, is_dns_name, normalize};
use crate::pem;

/// How long an authority that lives in memory is valid.
pub const LIFETIME_IN_MEMORY: Duration = days(30);
/// How long an authority in a file is valid.
pub const LIFETIME_STORED: Duration = days(365);
/// How long before its end an authority in a file is replaced.
pub const RENEWED_BEFORE_END: Duration = days(30);

const LEAF_LIFETIME: Duration = days(7);
const LEAF_RENEWED_BEFORE_END: Duration = days(1);
/// Clocks differ: what is issued now is valid since yesterday.
const BACKDATED: Duration = days(1);
/// Leaves kept. One takes about 4 KB.
const LEAVES_KEPT: usize = 512;

const fn days(days: u64) -> Duration {
    Duration::from_secs(days * 24 * 60 * 60)
}

/// A certificate authority whose key is in memory.
///
/// Neither the key nor anything derived from it can be printed: `Debug` shows the fingerprint.
pub struct Authority {
    certificate: CertificateDer<'static>,
    pub(super) issuer: Issuer<'static, KeyPair>,
    hosts: Hosts,
    not_after: SystemTime,
    leaf_key: KeyPair,
    leaf_signer: Arc<dyn rustls::sign::SigningKey>,
    provider: Arc<rustls::crypto::CryptoProvider>,
    ticketer: Arc<dyn rustls::server::ProducesTickets>,
    random: aws_lc_rs::rand::SystemRandom,
    leaves: Mutex<Leaves>,
}

/// The TLS settings with which the proxy answers for one host.
#[derive(Clone)]
pub(in crate::capture::proxy) struct Leaf {
    pub(in crate::capture::proxy) http1: Arc<ServerConfig>,
    pub(in crate::capture::proxy) http2: Arc<ServerConfig>,
}

#[derive(Default)]
struct Leaves {
    by_host: HashMap<String, Cached>,
    /// Counts the uses.
    clock: u64,
}

struct Cached {
    leaf: Leaf,
    renew_at: SystemTime,
    used: u64,
}

/// Why a certificate could not be made.
#[derive(Debug, thiserror::Error)]
pub enum IssueError {
    /// The host is outside the authority's name constraints.
    #[error(
        "no certificate can be issued for {0:?}: Leastwise's authority is limited to AWS's hosts and those named with --intercept"
    )]
    OutsideConstraints(String),
    /// The authority's own certificate has ended.
    #[error("the certificate authority has expired: restart leastwise to renew it")]
    Expired,
    /// The certificate library refused.
    #[error("could not make a certificate for {host:?}: {reason}")]
    Failed {
        /// The host (or the authority's own name).
        host: String,
        /// The library's words.
        reason: String,
    },
}

impl Authority {
    /// Makes a new authority for `hosts`, valid from (the day before) `now` for `lifetime`. The
    /// key exists in memory only.
    ///
    /// # Errors
    /// When the operating system gives no randomness.
    pub fn generate(
        hosts: &Hosts,
        now: SystemTime,
        lifetime: Duration,
    ) -> Result<Self, IssueError> {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(|e| own_failure(&e))?;
        let random = aws_lc_rs::rand::SystemRandom::new();
        let not_after = whole_seconds(now + lifetime);
        let mut params = authority_params(hosts, &key);
        params.not_before = OffsetDateTime::from(now - BACKDATED);
        params.not_after = OffsetDateTime::from(not_after);
        params.serial_number = Some(serial(&random)?);
        let certificate = params.self_signed(&key).map_err(|e| own_failure(&e))?.der().clone();
        Self::assemble(certificate, key, hosts.clone(), not_after)
    }

    /// The authority's certificate.
    pub fn certificate(&self) -> &CertificateDer<'static> {
        &self.certificate
    }

    /// The authority's certificate as PEM: what clients are told to trust.
    pub fn certificate_pem(&self) -> String {
        pem::encode("CERTIFICATE", &self.certificate)
    }

    /// SHA-256 of the certificate, as `openssl x509 -fingerprint -sha256` prints it
    /// (`AB:CD:…`, 32 pairs).
    pub fn fingerprint(&self) -> String {
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &self.certificate);
        let pairs: Vec<String> = digest.as_ref().iter().map(|byte| format!("{byte:02X}")).collect();
        pairs.join(":")
    }

    /// When the certificate ends.
    pub fn not_after(&self) -> SystemTime {
        self.not_after
    }

    /// The hosts that it may vouch for.
    pub fn hosts(&self) -> &Hosts {
        &self.hosts
    }

    /// The TLS settings that answer for `host`, from the cache or newly issued.
    pub(in crate::capture::proxy) fn leaf(
        &self,
        host: &str,
        now: SystemTime,
    ) -> Result<Leaf, IssueError> {
        let host = normalize(host);
        let mut leaves = self.leaves.lock().unwrap_or_else(PoisonError::into_inner);
        leaves.clock += 1;
        let used = leaves.clock;
        if let Some(cached) = leaves.by_host.get_mut(&host)
            && now < cached.renew_at
        {
            cached.used = used;
            return Ok(cached.leaf.clone());
        }
        // Issuing takes about 50 µs: cheap enough to do under the lock.
        let (leaf, not_after) = self.issue(&host, now)?;
        let leaves = &mut leaves.by_host;
        if leaves.len() >= LEAVES_KEPT
            && let Some(oldest) =
                leaves.iter().min_by_key(|(_, cached)| cached.used).map(|(host, _)| host.clone())
        {
            leaves.remove(&oldest);
        }
        let renew_at = not_after - LEAF_RENEWED_BEFORE_END;
        leaves.insert(host, Cached { leaf: leaf.clone(), renew_at, used });
        Ok(leaf)
    }

    fn issue(&self, host: &str, now: SystemTime) -> Result<(Leaf, SystemTime), IssueError> {
        let failed = |reason: String| IssueError::Failed { host: host.to_owned(), reason };
        let not_after = whole_seconds((now + LEAF_LIFETIME).min(self.not_after));
        let certificate = self.leaf_certificate(host, now, not_after)?;
        let certified = CertifiedKey::new(vec![certificate], self.leaf_signer.clone());
        let config = |protocol: &[u8]| {
            let resolver = Arc::new(SingleCertAndKey::from(certified.clone()));
            let mut config = ServerConfig::builder_with_provider(self.provider.clone())
                .with_safe_default_protocol_versions()
                .map_err(|error| failed(error.to_string()))?
                .with_no_client_auth()
                .with_cert_resolver(resolver);
            config.alpn_protocols = vec![protocol.to_vec()];
            // The cheaper cipher, whatever the client would like better.
            config.ignore_client_order = true;
            config.ticketer = self.ticketer.clone();
            config.send_tls13_tickets = 1;
            Ok::<_, IssueError>(Arc::new(config))
        };
        Ok((Leaf { http1: config(b"http/1.1")?, http2: config(b"h2")? }, not_after))
    }

    fn leaf_certificate(
        &self,
        host: &str,
        now: SystemTime,
        not_after: SystemTime,
    ) -> Result<CertificateDer<'static>, IssueError> {
        if !self.hosts.contains(host) {
            return Err(IssueError::OutsideConstraints(host.to_owned()));
        }
        if now >= self.not_after {
            return Err(IssueError::Expired);
        }
        let failed = |error: rcgen::Error| IssueError::Failed {
            host: host.to_owned(),
            reason: error.to_string(),
        };
        let mut params = CertificateParams::default();
        params.not_before = OffsetDateTime::from(now - BACKDATED);
        params.not_after = OffsetDateTime::from(not_after);
        params.serial_number = Some(serial(&self.random)?);
        params.distinguished_name = DistinguishedName::new();
        // A common name has at most 64 characters; the alternative name is what counts.
        if host.len() <= 64 {
            params.distinguished_name.push(DnType::CommonName, host);
        }
        params.subject_alt_names = vec![match host.parse::<IpAddr>() {
            Ok(address) => SanType::IpAddress(address),
            Err(_) => SanType::DnsName(host.try_into().map_err(failed)?),
        }];
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        let certificate = params.signed_by(&self.leaf_key, &self.issuer).map_err(failed)?;
        Ok(certificate.der().clone())
    }

    pub(super) fn assemble(
        certificate: CertificateDer<'static>,
        key: KeyPair,
        hosts: Hosts,
        not_after: SystemTime,
    ) -> Result<Self, IssueError> {
        let leaf_key =
            KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(|e| own_failure(&e))?;
        let provider = crypto::provider();
        let private = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(leaf_key.serialize_der()));
        let leaf_signer =
            provider.key_provider.load_private_key(private).map_err(|e| own_failure(&e))?;
        let ticketer = rustls::crypto::aws_lc_rs::Ticketer::new().map_err(|e| own_failure(&e))?;
        let issuer = Issuer::new(authority_params(&hosts, &key), key);
        Ok(Self {
            certificate,
            issuer,
            hosts,
            not_after,
            leaf_key,
            leaf_signer,
            provider,
            ticketer,
            random: aws_lc_rs::rand::SystemRandom::new(),
            leaves: Mutex::default(),
        })
    }
}

impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authority")
            .field("fingerprint", &self.fingerprint())
            .finish_non_exhaustive()
    }
}

/// What is the same every time an authority is made of `key`: it must be, since a loaded
/// authority signs under the name that its certificate bears.
pub(super) fn authority_params(hosts: &Hosts, key: &KeyPair) -> CertificateParams {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, key.public_key_raw());
    let short: String = digest.as_ref().iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    // Each authority has its own name: two of one name in a trust store confuse some clients.
    params.distinguished_name.push(DnType::CommonName, format!("Leastwise CA {short}"));
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.name_constraints = Some(name_constraints(hosts));
    params
}

fn name_constraints(hosts: &Hosts) -> NameConstraints {
    let mut permitted: Vec<GeneralSubtree> =
        hosts.suffixes().iter().cloned().map(GeneralSubtree::DnsName).collect();
    let mut addresses = Vec::new();
    for host in hosts.named() {
        match host.parse::<IpAddr>() {
            Ok(address) => {
                let bits = if address.is_ipv4() { 32 } else { 128 };
                let subnet = CidrSubnet::from_addr_prefix(address, bits);
                addresses.push(GeneralSubtree::IpAddress(subnet));
            }
            Err(_) if is_dns_name(host) => permitted.push(GeneralSubtree::DnsName(host.clone())),
            Err(_) => {}
        }
    }
    // Without a word on addresses a constraint on names would let every address pass.
    let excluded = if addresses.is_empty() {
        vec![
            GeneralSubtree::IpAddress(CidrSubnet::from_v4_prefix([0; 4], 0)),
            GeneralSubtree::IpAddress(CidrSubnet::from_v6_prefix([0; 16], 0)),
        ]
    } else {
        Vec::new()
    };
    permitted.extend(addresses);
    NameConstraints { permitted_subtrees: permitted, excluded_subtrees: excluded }
}

fn serial(random: &aws_lc_rs::rand::SystemRandom) -> Result<SerialNumber, IssueError> {
    let mut bytes = [0_u8; 16];
    random.fill(&mut bytes).map_err(|_| own_failure(&"the system provides no random numbers"))?;
    // Positive, and of full length.
    bytes[0] = bytes[0] & 0x7f | 0x40;
    Ok(SerialNumber::from_slice(&bytes))
}

fn own_failure(reason: &dyn fmt::Display) -> IssueError {
    IssueError::Failed { host: "the certificate authority".to_owned(), reason: reason.to_string() }
}

/// Certificates tell time in seconds.
fn whole_seconds(time: SystemTime) -> SystemTime {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    SystemTime::UNIX_EPOCH + Duration::from_secs(since.as_secs())
}

#[cfg(test)]
mod tests;
