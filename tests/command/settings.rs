//! Settings come from defaults, the file, the environment and flags, and refuse what does not fit.

use ridealong::config::{Layer, MailUrl, Settings, StoreUrl};
use std::path::Path;

fn file(text: &str) -> Layer {
    Layer::parse(text, Path::new("ridealong.yaml")).unwrap()
}

#[test]
fn flags_win_over_the_file_and_the_file_over_defaults() {
    let flags = Layer { listen: Some("127.0.0.1:9".to_owned()), ..Layer::default() };
    let settings = Settings::from_layers([file("listen: 127.0.0.1:1\ndata: /srv/ride\n"), flags]).unwrap();
    assert_eq!(settings.listen.port(), 9);
    assert_eq!(settings.store, StoreUrl::Sled("/srv/ride/store".into()));
    assert_eq!(settings.public_url.as_str(), "http://127.0.0.1:9/");
    assert_eq!((settings.mail, settings.jobs), (MailUrl::Off, 16));
}

#[test]
fn a_password_is_shown_nowhere() {
    let settings = Settings::from_layers([file("mail: smtp://ride:s3cret@mail.example:587\n")]).unwrap();
    let shown = format!("{:?} {:?}", settings, settings.shown());
    assert!(!shown.contains("s3cret"), "{shown}");
    assert!(shown.contains("smtp://ride:***@mail.example:587"), "{shown}");
    let refused = Settings::from_layers([file("mail: smpt://ride:s3cret@mail.example\n")]).unwrap_err();
    assert!(!refused.to_string().contains("s3cret"), "{refused}");
}

#[test]
fn what_does_not_fit_is_named() {
    let cases = [
        ("listen: nowhere\n", "listen: \"nowhere\" is not an address"),
        ("public-url: ftp://x\n", "public-url:"),
        ("store: mysql://x\n", "store: \"mysql://x\" is not a store"),
        ("jobs: 0\n", "jobs: 0 is not between"),
        ("roles: web,cook\n", "roles: \"cook\" is not a role"),
        ("mail-from: nobody\n", "mail-from: \"nobody\" is not a mail address"),
        ("contact: \"a\\nb\"\n", "contact:"),
    ];
    for (text, expected) in cases {
        let refused = Settings::from_layers([file(text)]).unwrap_err().to_string();
        assert!(refused.starts_with(expected), "{refused}");
    }
}

#[test]
fn an_unknown_key_names_file_and_line() {
    let refused = Layer::parse("jobs: 3\nlissten: x\n", Path::new("ridealong.yaml")).unwrap_err().to_string();
    assert!(refused.starts_with("ridealong.yaml:2:1: ") && refused.contains("lissten"), "{refused}");
}
