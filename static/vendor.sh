#!/bin/sh
# Fetches the scripts of package-lock.json and puts them, byte for byte, where
# the portal and its tests read them.
#
#   vendor.sh              writes static/vendor and views/testdata
#   vendor.sh --check DIR  writes the same below DIR and compares it with what is committed
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$here")
target=$root
if [ "${1:-}" = "--check" ]; then
	target=${2:?usage: vendor.sh --check DIR}
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$here/package.json" "$here/package-lock.json" "$here/.npmrc" "$work/"
(cd "$work" && npm ci --silent)

put() { # package file, target file
	mkdir -p "$(dirname "$target/$2")"
	cp "$work/node_modules/$1" "$target/$2"
}
put htmx.org/dist/htmx.min.js static/vendor/htmx.min.js
put htmx.org/LICENSE static/vendor/htmx.LICENSE
put htmx-ext-sse/dist/sse.min.js static/vendor/sse.min.js
put htmx-ext-sse/LICENSE static/vendor/sse.LICENSE
put axe-core/axe.min.js views/testdata/axe.min.js
put axe-core/LICENSE views/testdata/axe.LICENSE
(cd "$target/static/vendor" && sha256sum htmx.LICENSE htmx.min.js sse.LICENSE sse.min.js > SHA256SUMS)
(cd "$target/views/testdata" && sha256sum axe.LICENSE axe.min.js > SHA256SUMS)

if [ "$target" != "$root" ]; then
	for file in static/vendor/SHA256SUMS views/testdata/SHA256SUMS; do
		cmp "$root/$file" "$target/$file"
		(cd "$root/$(dirname "$file")" && sha256sum --check --quiet SHA256SUMS)
	done
	echo "vendored files are those of the lock file"
fi
