//! Places that are not read under their own names, and how to reach what is there.

use crate::net::url::redacted;

/// What to write for a URL of a scheme that this library does not read, if there is more to say than to download it.
/// `rest` is what follows `scheme://`.
pub(super) fn instead_of(scheme: &str, rest: &str) -> Option<String> {
    let path = rest.split(['?', '#']).next().unwrap_or_default();
    // What stands before an `@` may be a secret, also one with a slash in it.
    let shown = redacted(&format!("https://{path}"));
    let shown = shown.strip_prefix("https://").unwrap_or_default();
    let (host, key) = shown.split_once('/').unwrap_or((shown, ""));
    match scheme {
        "gs" | "gcs" => Some(format!(
            "what is public is read at `https://storage.googleapis.com/{host}/{key}`, and all else as `s3://{host}/{key}` with \
             the endpoint https://storage.googleapis.com and HMAC keys (AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID, \
             AWS_SECRET_ACCESS_KEY)"
        )),
        "az" | "azure" | "adl" | "abfs" | "abfss" | "wasb" | "wasbs" => Some(format!(
            "a blob of Azure is read at `https://ACCOUNT.blob.core.windows.net/{}/{key}`, with a shared access signature \
             (`?sv=…`) if it is not public",
            container(path).unwrap_or(host)
        )),
        "hf" => hugging_face(path).filter(|_| !path.contains(':')).map(|url| format!("write `{url}`")),
        "hdfs" => {
            Some("read it through WebHDFS, `http://NAMENODE:9870/webhdfs/v1/PATH?op=OPEN`, or mount it".to_owned())
        }
        _ => None,
    }
}

/// `container@account.dfs.core.windows.net/path` names the container as a user.
fn container(path: &str) -> Option<&str> {
    path.split('/').next()?.split_once('@').map(|(container, _)| container).filter(|name| !name.contains(':'))
}

/// `datasets/owner/name@revision/path` as the web server of the hub has it.
fn hugging_face(path: &str) -> Option<String> {
    let (kind, rest) = match path.split_once('/')? {
        ("datasets", rest) => ("datasets/", rest),
        ("spaces", rest) => ("spaces/", rest),
        ("models", rest) => ("", rest),
        _ => ("", path),
    };
    let mut parts = rest.splitn(3, '/');
    let (owner, name, file) = (parts.next()?, parts.next()?, parts.next()?);
    let (name, revision) = name.split_once('@').unwrap_or((name, "main"));
    let whole = ![owner, name, file].iter().any(|part| part.is_empty());
    whole.then(|| format!("https://huggingface.co/{kind}{owner}/{name}/resolve/{revision}/{file}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_to_write_is_said_for_the_url_that_was_given() {
        for (url, part) in [
            ("gs://bucket/a/b.tar", "`https://storage.googleapis.com/bucket/a/b.tar`"),
            ("gs://bucket/a/b.tar", "`s3://bucket/a/b.tar` with the endpoint https://storage.googleapis.com"),
            ("az://box/a.tar?sig=secret", "`https://ACCOUNT.blob.core.windows.net/box/a.tar`"),
            ("abfss://box@me.dfs.core.windows.net/a.tar", "`https://ACCOUNT.blob.core.windows.net/box/a.tar`"),
            ("hf://datasets/me/set/a/b.tar", "`https://huggingface.co/datasets/me/set/resolve/main/a/b.tar`"),
            ("hf://datasets/me/set@v1/b.tar", "`https://huggingface.co/datasets/me/set/resolve/v1/b.tar`"),
            ("hf://me/model/b.tar", "`https://huggingface.co/me/model/resolve/main/b.tar`"),
            ("hdfs://node/a.tar", "WebHDFS"),
        ] {
            let (scheme, rest) = url.split_once("://").unwrap_or_default();
            let text = instead_of(scheme, rest).unwrap_or_default();
            assert!(text.contains(part) && !text.contains("secret"), "{url}: {text}");
        }
        assert_eq!(instead_of("hf", "datasets/me"), None);
        assert_eq!(instead_of("ftp", "h/a"), None);
        let hidden = instead_of("gs", "me:secret@bucket/a.tar").unwrap_or_default();
        assert!(hidden.contains("/bucket/a.tar") && !hidden.contains("secret"), "{hidden}");
    }
}
