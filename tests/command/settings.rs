//! Settings come from defaults, the file, the environment and flags, and refuse what does not fit.

use crate::helpers::program::{err, out, ridealong, run};
use ridealong::config::{GroupBy, Layer, MailUrl, Settings, StoreUrl, declared};
use std::path::Path;
use std::time::Duration;

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
        ("store: mysql://x\n", "store: that is neither sled:FOLDER nor postgres://"),
        ("backup-at: 25:61\n", "backup-at: \"25:61\" is not an hour"),
        ("backup-days: 0\n", "backup-days: 0 is not between"),
        ("keep-posts: 1d\n", "keep-posts: 1d is not between"),
        ("metrics-listen: here\n", "metrics-listen: \"here\" is not an address"),
        ("jobs: 0\n", "jobs: 0 is not between"),
        ("tenant: Acme Ltd\n", "tenant: \"Acme Ltd\" is not a name"),
        ("roles: web,cook\n", "roles: \"cook\" is not a role"),
        ("mail-from: nobody\n", "mail-from: \"nobody\" is not a mail address"),
        ("connect-timeout: 0s\n", "connect-timeout: 0s is not between 1s and 10m"),
        ("body-bytes-max: 1KiB\n", "body-bytes-max: 1KiB is not between 16KiB and 512MiB"),
        ("check-every-min: 10m\n", "check-every-min: 10m is not between 1h and 1d"),
        ("check-every-min: 6h\ncheck-every-max: 2h\n", "check-every-max: 2h is not between 6h and 7d"),
        ("rate-groups: hub\n", "rate-groups: \"hub\" has no ="),
        ("rate-group-by: planet\n", "rate-group-by: \"planet\" is neither"),
        ("trusted-proxies: here\n", "trusted-proxies: \"here\" is not an address range"),
        ("contact: \"a\\nb\"\n", "contact:"),
    ];
    for (text, expected) in cases {
        let refused = Settings::from_layers([file(text)]).unwrap_err().to_string();
        assert!(refused.starts_with(expected), "{refused}");
    }
}

#[test]
fn an_unknown_key_names_file_and_line() {
    let refused =
        Layer::parse("jobs: 3\n\nconnect-timeout: 10\n", Path::new("ridealong.yaml")).unwrap_err().to_string();
    assert!(refused.starts_with("ridealong.yaml:3:") && refused.contains("write it like"), "{refused}");
    let refused = Layer::parse("jobs: 3\nlissten: x\n", Path::new("ridealong.yaml")).unwrap_err().to_string();
    assert!(refused.starts_with("ridealong.yaml:2:1: ") && refused.contains("lissten"), "{refused}");
}

#[test]
fn every_limit_of_a_request_can_be_set() {
    let text = "connect-timeout: 3s\nfirst-byte-timeout: 4s\nrequest-timeout: 1m\nbody-bytes-max: 2MiB\n\
                header-bytes-max: 16KiB\nredirects-max: 2\nratio-max: 50\nrate-bytes-min: 10\nrate-grace: 5s\n\
                request-gap: 1500ms\nin-flight-max: 7\ncheck-every-min: 2h\ncheck-every-max: 2d\nrate-group-by: domain\n";
    let Settings { net, crawl, .. } = Settings::from_layers([file(text)]).unwrap();
    let seconds = Duration::from_secs;
    assert_eq!(
        (net.connect_timeout, net.first_byte_timeout, net.request_timeout),
        (seconds(3), seconds(4), seconds(60))
    );
    assert_eq!((net.body_bytes_max, net.header_bytes_max), (2 << 20, 16 << 10));
    assert_eq!((net.redirects_max, net.ratio_max, net.rate_bytes_min, net.rate_grace), (2, 50, 10, seconds(5)));
    assert_eq!((crawl.gap, crawl.in_flight_max), (Duration::from_millis(1500), 7));
    assert_eq!((crawl.check_every_min, crawl.check_every_max), (seconds(7_200), seconds(172_800)));
    assert_eq!(crawl.group_by, GroupBy::Domain);
}

#[test]
fn named_rate_groups_stand_beside_the_shipped_ones() {
    let text = "rate-groups: [\"rsshub=5s:rsshub.example+Hub.example\", tumblr=off]\n";
    let groups = Settings::from_layers([file(text)]).unwrap().crawl.groups;
    let names: Vec<_> = groups.iter().map(|group| group.name.as_str()).collect();
    assert_eq!(names, ["rsshub", "reddit", "substack"]);
    assert_eq!((groups[0].gap, groups[0].domains.len()), (Duration::from_secs(5), 2));
    assert_eq!(groups[1].gap, Duration::from_secs(60), "Reddit answers about one request a minute");
}

#[test]
fn proxies_are_ranges_or_addresses() {
    let flags = Layer { trusted_proxies: Some("10.0.0.0/8, 127.0.0.1".parse().unwrap()), ..Layer::default() };
    let proxies = Settings::from_layers([flags]).unwrap().trusted_proxies;
    assert_eq!(proxies.iter().map(ToString::to_string).collect::<Vec<_>>(), ["10.0.0.0/8", "127.0.0.1/32"]);
}

#[test]
fn every_setting_is_shown_and_documented_as_it_is() {
    let shown = Settings::from_layers([]).unwrap().shown().to_vec();
    for setting in declared() {
        assert!(shown.iter().any(|(key, _)| *key == setting.key), "{} is not shown", setting.key);
        assert!(!setting.help.is_empty() && !setting.value.is_empty(), "{} has no help", setting.key);
    }
    let folder = tempfile::tempdir().unwrap();
    let page = out(&run(folder.path(), &["config", "--reference"]));
    let kept = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/settings.md")).unwrap();
    assert!(page.trim_end() == kept.trim_end(), "run `ridealong config --reference > docs/settings.md`");
}

#[test]
fn a_setting_comes_from_flag_variable_or_file_alike() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("ride.yaml"), "body-bytes-max: 3MiB\n").unwrap();
    let by_flag = run(folder.path(), &["config", "--body-bytes-max", "3MiB"]);
    let by_file = run(folder.path(), &["config", "--config", "ride.yaml"]);
    let variable = ridealong().arg("config").env("RIDEALONG_BODY_BYTES_MAX", "3MiB").output().unwrap();
    for shown in [by_flag, variable, by_file] {
        assert!(out(&shown).contains("body-bytes-max: 3MiB\n"), "{}{}", out(&shown), err(&shown));
    }
    let refused = run(folder.path(), &["config", "--connect-timeout", "soon"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(err(&refused).contains("\"soon\" is not a length of time"), "{}", err(&refused));
}
