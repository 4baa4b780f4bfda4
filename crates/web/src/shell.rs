//! What every page has around its own content: title, search box, notice, other forms of the page.

use std::sync::Arc;

use askama::Template;
use axum::response::{Html, IntoResponse, Response};

use crate::{Config, assets, error::Error, site::Site};

/// What `layout.html` needs.
pub(crate) struct Shell {
    /// The page's own title.
    pub(crate) title: String,
    /// The archive's name.
    pub(crate) site: String,
    /// The notice for every page.
    pub(crate) notice: Option<String>,
    /// Whether robots are told to go.
    pub(crate) hidden: bool,
    /// The page's own address, absolute, where the site knows it.
    pub(crate) canonical: Option<String>,
    /// The same content in other forms: name and address.
    pub(crate) forms: Vec<(&'static str, String)>,
    /// What stands in the search box.
    pub(crate) typed: String,
    /// Whether the page brings its own search box.
    pub(crate) own_box: bool,
    /// Part of the addresses of sheet and script.
    pub(crate) version: u32,
}

impl Shell {
    /// A page with a title.
    pub(crate) fn new(site: &Arc<Site>, title: impl Into<String>) -> Shell {
        Shell::of(&site.config, title)
    }

    /// A page with a title, given the settings alone.
    pub(crate) fn of(config: &Config, title: impl Into<String>) -> Shell {
        Shell {
            title: title.into(),
            site: config.title.clone(),
            notice: config.notice.clone(),
            hidden: !config.index_by_robots,
            canonical: None,
            forms: Vec::new(),
            typed: String::new(),
            own_box: false,
            version: assets::VERSION,
        }
    }

    /// Gives the page its permanent address.
    pub(crate) fn at(self, site: &Arc<Site>, path: &str) -> Shell {
        self.below(&site.config.base_url, path)
    }

    /// The same, given where the site is reached.
    pub(crate) fn below(mut self, base_url: &str, path: &str) -> Shell {
        self.canonical = (!base_url.is_empty()).then(|| format!("{base_url}{path}"));
        self
    }

    /// Says in what other forms the page is to be had.
    pub(crate) fn also(mut self, forms: Vec<(&'static str, String)>) -> Shell {
        self.forms.extend(forms);
        self
    }

    /// Says in what other form the page is to be had.
    pub(crate) fn form(mut self, name: &'static str, address: impl Into<String>) -> Shell {
        self.forms.push((name, address.into()));
        self
    }
}

/// A page as a response.
pub(crate) fn page(template: &impl Template) -> Result<Response, Error> {
    Ok(Html(template.render()?).into_response())
}
