//! Why a trust store of Java's cannot be read.

/// Why a trust store cannot be read, as the rest of a sentence that begins with its name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unreadable {
    /// The system does not let us, or it is not there.
    #[error("cannot be read: {0}")]
    File(String),
    /// Neither JKS nor PKCS#12, or a part of them that only Java knows.
    #[error("is neither a JKS nor a PKCS#12 file that Leastwise can read")]
    OtherFormat,
    /// It ends too early, or says of itself what is not so.
    #[error("is damaged")]
    Damaged,
    /// Encrypted in a way of old.
    #[error(
        "is encrypted with an algorithm that Leastwise does not know (RC2 and triple DES among them)"
    )]
    OtherCipher,
    /// The password is another.
    #[error("cannot be decrypted with the password that is given beside it")]
    WrongPassword,
}
