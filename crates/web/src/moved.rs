//! Addresses that lead to others. What stands after the `?` goes along: it says which paragraph is cited and how a page is read.

use axum::response::{IntoResponse, Redirect, Response};

use crate::params::Params;

/// Leads to the address that this has from now on.
pub(crate) fn for_good(address: &str, params: &Params) -> Response {
    Redirect::permanent(&params.after(address)).into_response()
}

/// Leads to what can be shown today.
pub(crate) fn for_now(address: &str, params: &Params) -> Response {
    Redirect::temporary(&params.after(address)).into_response()
}
