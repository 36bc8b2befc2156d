//! The one guarded HTTP client: address guard, limits, redirects. `crawl` and `crm` go out through it.
