use ridealong::config::NetSettings;
use ridealong::net::{Client, FetchError, Request, Response};
use std::net::Ipv4Addr;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// A server that speaks HTTP/2 over TLS: `/reset` ends the stream in the middle of the body, all else is answered.
async fn start() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let key = include_bytes!("../fixtures/net/server.key.der").to_vec();
    let certificate = include_bytes!("../fixtures/net/server.der").to_vec();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.into()], rustls::pki_types::PrivatePkcs8KeyDer::from(key).into())
        .unwrap();
    config.alpn_protocols = vec![b"h2".to_vec()];
    let acceptor = TlsAcceptor::from(Arc::new(config));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let Ok(stream) = acceptor.accept(stream).await else { return };
                let Ok(mut connection) = h2::server::handshake(stream).await else { return };
                while let Some(Ok((request, mut respond))) = connection.accept().await {
                    let reset = request.uri().path() == "/reset";
                    let mut body = respond.send_response(Default::default(), false).unwrap();
                    body.send_data("<rss>".into(), !reset).unwrap();
                    if reset {
                        body.send_reset(h2::Reason::INTERNAL_ERROR);
                    }
                }
            });
        }
    });
    port
}

async fn fetch(settings: &NetSettings, port: u16, path: &str) -> Result<Response, FetchError> {
    let url = format!("https://localhost:{port}{path}").parse().unwrap();
    let allow_net = vec!["127.0.0.0/8".parse().unwrap(), "::1/128".parse().unwrap()];
    Client::new(settings).fetch(Request { allow_net, ..Request::get(url) }).await
}

fn trusting() -> NetSettings {
    NetSettings {
        extra_roots_pem: vec![include_str!("../fixtures/net/authority.pem").to_owned()],
        ..NetSettings::default()
    }
}

#[tokio::test]
async fn http_2_is_spoken_where_the_server_speaks_it() {
    let port = start().await;
    let response = fetch(&trusting(), port, "/feed").await.unwrap();
    assert_eq!((response.status, response.body), (200, b"<rss>".to_vec()));
}

#[tokio::test]
async fn a_stream_that_http_2_resets_is_an_error_and_never_half_a_document() {
    let port = start().await;
    let error = fetch(&trusting(), port, "/reset").await.unwrap_err();
    assert!(matches!(error, FetchError::Broken { .. }), "{error:?}");
}

#[tokio::test]
async fn a_certificate_that_nobody_trusts_is_refused_in_a_sentence() {
    let port = start().await;
    let error = fetch(&NetSettings::default(), port, "/feed").await.unwrap_err();
    assert!(matches!(error, FetchError::Tls { .. }), "{error:?}");
    assert!(error.to_string().starts_with("the secure connection to localhost failed: "), "{error}");
}
