//! The tables, indices and triggers of an index, schema 0.3: names and columns are those that Python's barecat asks for.

/// The major and minor version of the schema.
pub(super) const MAJOR: i64 = 0;
pub(super) const MINOR: i64 = 3;

/// The limit of shards that have none.
pub(super) const NO_LIMIT: u64 = i64::MAX as u64;

pub(super) const TABLES: &str = "
CREATE TABLE dirs(
  path TEXT NOT NULL,
  parent TEXT GENERATED ALWAYS AS
    (CASE path WHEN '' THEN NULL ELSE rtrim(rtrim(path,replace(path,'/','')),'/') END) VIRTUAL
    REFERENCES dirs(path) ON DELETE RESTRICT,
  num_subdirs INTEGER DEFAULT 0, num_files INTEGER DEFAULT 0,
  num_files_tree INTEGER DEFAULT 0, size_tree INTEGER DEFAULT 0,
  mode INTEGER, uid INTEGER, gid INTEGER, mtime_ns INTEGER);
CREATE TABLE files(
  path TEXT NOT NULL,
  parent TEXT GENERATED ALWAYS AS (rtrim(rtrim(path,replace(path,'/','')),'/')) VIRTUAL NOT NULL
    REFERENCES dirs(path) ON DELETE RESTRICT,
  shard INTEGER NOT NULL, offset INTEGER NOT NULL, size INTEGER DEFAULT 0,
  crc32c INTEGER, mode INTEGER, uid INTEGER, gid INTEGER, mtime_ns INTEGER);
CREATE TABLE config(key TEXT PRIMARY KEY, value_text TEXT, value_int INTEGER) WITHOUT ROWID;
INSERT INTO config(key,value_int) VALUES
  ('use_triggers',1),('shard_size_limit',9223372036854775807),
  ('schema_version_major',0),('schema_version_minor',3);
";

/// Made when all rows are there.
pub(super) const INDICES: &str = "
CREATE UNIQUE INDEX idx_files_path ON files(path);
CREATE UNIQUE INDEX idx_dirs_path ON dirs(path);
CREATE INDEX idx_files_parent ON files(parent);
CREATE INDEX idx_dirs_parent ON dirs(parent);
CREATE INDEX idx_files_shard_offset ON files(shard,offset);
";

/// The names of [`triggers`], in their order.
pub(super) const TRIGGERS: [&str; 10] = [
    "add_file",
    "del_file",
    "move_file",
    "resize_file",
    "add_subdir",
    "del_subdir",
    "move_subdir",
    "resize_dir",
    "prevent_file_as_dir",
    "prevent_dir_as_file",
];

/// They keep the sums of directories right, for whoever writes rows one by one.
pub(super) fn triggers() -> String {
    const NOW: &str = "CAST((julianday('now')-2440587.5)*86400e9 AS INTEGER)";
    const ON: &str = "1=(SELECT value_int FROM config WHERE key='use_triggers')";
    let plus = |row: &str, count: &str, files: &str, size: &str, path: &str| {
        format!(
            "UPDATE dirs SET {count}={count}+1,num_files_tree=num_files_tree+{files},size_tree=size_tree+{row}.{size},\
             mtime_ns={NOW} WHERE path={path};"
        )
    };
    let minus = |row: &str, count: &str, files: &str, size: &str, path: &str| {
        format!(
            "UPDATE dirs SET {count}={count}-1,num_files_tree=num_files_tree-{files},size_tree=size_tree-{row}.{size},\
             mtime_ns={NOW} WHERE path={path};"
        )
    };
    let file_in = |path| plus("NEW", "num_files", "1", "size", path);
    let file_out = |path| minus("OLD", "num_files", "1", "size", path);
    let dir_in = |path| plus("NEW", "num_subdirs", "NEW.num_files_tree", "size_tree", path);
    let dir_out = |path| minus("OLD", "num_subdirs", "OLD.num_files_tree", "size_tree", path);
    let bodies: [(&str, String); 10] = [
        (
            "AFTER INSERT ON files WHEN",
            format!(
                "INSERT INTO dirs(path,num_files,num_files_tree,size_tree,mtime_ns) VALUES(NEW.parent,1,1,NEW.size,{NOW}) \
                 ON CONFLICT(path) DO UPDATE SET num_files=num_files+1,num_files_tree=num_files_tree+1,\
                 size_tree=size_tree+excluded.size_tree,mtime_ns=excluded.mtime_ns;"
            ),
        ),
        ("AFTER DELETE ON files WHEN", file_out("OLD.parent")),
        (
            "AFTER UPDATE OF path ON files WHEN OLD.parent<>NEW.parent AND",
            file_in("NEW.parent") + &file_out("OLD.parent"),
        ),
        (
            "AFTER UPDATE OF size ON files WHEN OLD.parent=NEW.parent AND",
            "UPDATE dirs SET size_tree=size_tree+NEW.size-OLD.size WHERE path=OLD.parent;".to_owned(),
        ),
        (
            "AFTER INSERT ON dirs WHEN",
            format!(
                "INSERT INTO dirs(path,num_subdirs,num_files_tree,size_tree,mtime_ns) \
                 VALUES(NEW.parent,1,NEW.num_files_tree,NEW.size_tree,{NOW}) \
                 ON CONFLICT(path) DO UPDATE SET num_subdirs=num_subdirs+1,\
                 num_files_tree=num_files_tree+excluded.num_files_tree,\
                 size_tree=size_tree+excluded.size_tree,mtime_ns=excluded.mtime_ns;"
            ),
        ),
        ("AFTER DELETE ON dirs WHEN", dir_out("OLD.parent")),
        ("AFTER UPDATE OF path ON dirs WHEN OLD.parent<>NEW.parent AND", dir_out("OLD.parent") + &dir_in("NEW.parent")),
        (
            "AFTER UPDATE OF size_tree,num_files_tree ON dirs WHEN OLD.parent=NEW.parent AND \
             (OLD.size_tree<>NEW.size_tree OR OLD.num_files_tree<>NEW.num_files_tree) AND",
            "UPDATE dirs SET num_files_tree=num_files_tree+NEW.num_files_tree-OLD.num_files_tree,\
             size_tree=size_tree+NEW.size_tree-OLD.size_tree WHERE path=OLD.parent;"
                .to_owned(),
        ),
        (
            "BEFORE INSERT ON files WHEN",
            "SELECT RAISE(ABORT,'Path already exists as directory') FROM dirs WHERE path=NEW.path;".to_owned(),
        ),
        (
            "BEFORE INSERT ON dirs WHEN",
            "SELECT RAISE(ABORT,'Path already exists as file') FROM files WHERE path=NEW.path;".to_owned(),
        ),
    ];
    let statement =
        |(name, (when, body)): (&str, (&str, String))| format!("CREATE TRIGGER {name} {when} {ON} BEGIN {body} END;\n");
    TRIGGERS.into_iter().zip(bodies).map(statement).collect()
}
