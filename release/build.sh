#!/usr/bin/env bash
# Makes the release: release/build.sh [RID…] → dist/leanchat-VERSION-RID, one file each, and SHA256SUMS beside them.
# linux-x64 and linux-arm64 are compiled ahead of time with SQLite inside; the other of the two is cross-compiled (clang, lld and
# gcc-aarch64-linux-gnu with its libraries). win-x64 cannot be: .NET compiles natively for Windows only on Windows.
# It becomes one file that carries the .NET runtime instead: larger, and slower to start.
set -euo pipefail
cd "$(dirname "$0")/.."
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1

[ $# -gt 0 ] || set -- linux-x64
version=$(sed -nE 's|.*<Version>(.*)</Version>.*|\1|p' Directory.Build.props)
dist=${DIST:-dist}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$dist"
native=linux-$(uname -m | sed 's/x86_64/x64/;s/aarch64/arm64/')

for rid in "$@"; do
  parts=(-c Release -r "$rid" -v quiet --artifacts-path "$work/artifacts" -o "$work/$rid")
  name=leanchat-$version-$rid
  case $rid in
    linux-*)
      release/sqlite.sh "$rid" "$work/$rid-sqlite/libe_sqlite3.a"
      parts+=("-p:SqliteArchive=$work/$rid-sqlite/libe_sqlite3.a")
      [ "$rid" = "$native" ] || parts+=(-p:CppCompilerAndLinker=clang -p:LinkerFlavor=lld -p:ObjCopyName=llvm-objcopy)
      dotnet publish LeanChat "${parts[@]}"
      install -m 755 "$work/$rid/leanchat" "$dist/$name"
      ;;
    win-*)
      dotnet publish LeanChat "${parts[@]}" -p:PublishAot=false -p:PublishSingleFile=true -p:SelfContained=true \
        -p:IncludeNativeLibrariesForSelfExtract=true -p:EnableCompressionInSingleFile=true -p:DebugType=none
      install -m 755 "$work/$rid/leanchat.exe" "$dist/$name.exe"
      ;;
    *) echo "release/build.sh: $rid is not among linux-x64, linux-arm64, win-x64." >&2; exit 2 ;;
  esac
done

(cd "$dist" && sha256sum leanchat-"$version"-* > SHA256SUMS)
# What can be run here says which version it is.
[ ! -x "$dist/leanchat-$version-$native" ] || "$dist/leanchat-$version-$native" --version | grep -q "^$version"
ls -l "$dist"
