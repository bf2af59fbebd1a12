#!/usr/bin/env bash
# Compiles SQLite into an archive for the linker: release/sqlite.sh RID FILE
# The public-domain amalgamation comes from the npm package that carries it, pinned by its content; SQLITE_SOURCE=DIR takes another
# (sqlite3.c, sqlite3.h). The options are those of the library that `dotnet run` and the tests use, so that both behave alike.
set -euo pipefail

readonly package=better-sqlite3@13.2.0                      # SQLite 3.54.1
readonly sum=75a4760a7b9727a4c4c877aec92eacf39e52a8f2921ce00bd33be6d3a8e8e254
readonly floor=3051003                                      # 3.51.3: before it a log that is reset can lose a commit

rid=$1
archive=$(realpath -m "$2")
case $rid in
  linux-x64) prefix= cc=${CC:-gcc} ;;
  linux-arm64) prefix=aarch64-linux-gnu- cc=${CC:-aarch64-linux-gnu-gcc} ;;
  *) echo "release/sqlite.sh: no compiler is known here for $rid." >&2; exit 2 ;;
esac
[ "$rid" = "linux-$(uname -m | sed 's/x86_64/x64/;s/aarch64/arm64/')" ] && { prefix=; cc=${CC:-gcc}; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if [ -n "${SQLITE_SOURCE:-}" ]; then
  cp "$SQLITE_SOURCE"/sqlite3.[ch] "$work"
else
  (cd "$work" && npm pack --silent "$package" >/dev/null && tar xzf ./*.tgz && mv package/deps/sqlite3/sqlite3.[ch] .)
  echo "$sum  $work/sqlite3.c" | sha256sum --check --quiet
fi
version=$(sed -nE 's/^#define SQLITE_VERSION_NUMBER +([0-9]+)$/\1/p' "$work/sqlite3.h")
[ "$version" -ge "$floor" ] || { echo "release/sqlite.sh: SQLite $version is older than $floor." >&2; exit 1; }

# The managed bindings also name these; SQLite has them on Windows or in its encrypted edition only.
cat > "$work/absent.c" <<'C'
int sqlite3_key(void *db, const void *key, int length) { return 1; }
int sqlite3_key_v2(void *db, const char *name, const void *key, int length) { return 1; }
int sqlite3_rekey(void *db, const void *key, int length) { return 1; }
int sqlite3_rekey_v2(void *db, const char *name, const void *key, int length) { return 1; }
int sqlite3_win32_set_directory(unsigned type, void *value) { return 1; }
int sqlite3_win32_set_directory8(unsigned type, const char *value) { return 1; }
int sqlite3_win32_set_directory16(unsigned type, const void *value) { return 1; }
C

options=(
  -DSQLITE_THREADSAFE=1 -DSQLITE_DQS=0 -DSQLITE_DEFAULT_FOREIGN_KEYS=1 -DSQLITE_LIKE_DOESNT_MATCH_BLOBS
  -DSQLITE_ENABLE_COLUMN_METADATA -DSQLITE_ENABLE_MATH_FUNCTIONS
  -DSQLITE_ENABLE_FTS3_PARENTHESIS -DSQLITE_ENABLE_FTS4 -DSQLITE_ENABLE_FTS5 -DSQLITE_ENABLE_RTREE -DSQLITE_ENABLE_GEOPOLY
  -DSQLITE_ENABLE_PREUPDATE_HOOK -DSQLITE_ENABLE_SESSION -DSQLITE_ENABLE_SNAPSHOT
  -DHAVE_USLEEP=1 -DHAVE_FDATASYNC=1
)
for unit in sqlite3 absent; do
  "$cc" -c -O3 -Wno-stringop-overflow -fPIC -ffunction-sections -fdata-sections -fstack-protector-strong -D_FORTIFY_SOURCE=2 "${options[@]}" -o "$work/$unit.o" "$work/$unit.c"
done
mkdir -p "$(dirname "$archive")"
rm -f "$archive"
"${prefix}ar" rcs "$archive" "$work"/*.o
echo "SQLite $(sed -nE 's/^#define SQLITE_VERSION +"(.*)"$/\1/p' "$work/sqlite3.h") for $rid: $archive"
