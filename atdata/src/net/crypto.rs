//! The cryptography of encrypted connections.

use std::sync::Arc;

use rustls::crypto::{CryptoProvider, ring};

/// What the program has chosen for the process, or else ring, which is then chosen for all of the process: clients of other
/// crates panic where there is no choice yet, and none or several to choose from.
pub(crate) fn provider() -> Arc<CryptoProvider> {
    if CryptoProvider::get_default().is_none() {
        // An error says that another thread was faster.
        ring::default_provider().install_default().ok();
    }
    CryptoProvider::get_default().map_or_else(|| Arc::new(ring::default_provider()), Arc::clone)
}
