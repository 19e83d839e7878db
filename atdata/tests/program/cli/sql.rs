//! `atdata sql`, which another program answers.

use super::*;

#[test]
fn who_has_not_installed_it_is_told_how() {
    let dir = dir();
    let output: Run = command(&dir, &["sql", "select 1"]).env("PATH", dir.path()).output().unwrap().into();
    let told = output.problems();
    assert!(told.contains("atdata-sql is neither beside this one nor in the PATH"), "{told}");
    assert!(told.contains("cargo install --path atdata/sql"), "{told}");
}

/// What it answers is tested beside it; here a script shows what it is given.
#[cfg(unix)]
#[test]
fn arguments_index_and_exit_code_are_handed_over() {
    use std::os::unix::fs::PermissionsExt;

    let dir = dir();
    let script = dir.path().join("atdata-sql");
    std::fs::write(&script, "#!/bin/sh\nfor a in \"$@\"; do echo \"<$a>\"; done\necho $ATDATA_INDEX\nexit 7\n")
        .unwrap();
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();
    let args = ["--index", "x.db", "--allow-local", "sql", "select 1 from 'a b'", "--json", "--help", "--", "-x"];
    let path = format!("{}:/usr/bin:/bin", dir.path().display());
    let output: Run = command(&dir, &args).env("PATH", path).output().unwrap().into();
    assert_eq!(output.code, 7, "{}", output.stderr);
    let said = output.stdout.lines().collect::<Vec<_>>();
    assert_eq!(said[..4], ["<--allow-local>", "<select 1 from 'a b'>", "<--json>", "<--help>"]);
    assert_eq!(said.last(), Some(&"x.db"));
}
