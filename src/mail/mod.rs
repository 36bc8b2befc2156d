//! Handing mails over: SMTP, a folder of files, or memory.
