# Sourced: fetches npm packages that are pinned.
# fetch_package NAME@VERSION SHA512 DIRECTORY: leaves DIRECTORY/*.tgz; 1 if there is no npm or no network. Ends the script if what came is not what is pinned.
fetch_package() {
    command -v npm >/dev/null || return 1
    (cd "$3" && timeout 300 npm pack --silent "$1" >/dev/null 2>&1) || return 1
    [ "$(openssl dgst -sha512 -binary "$3"/*.tgz | base64 -w0)" = "$2" ] || { echo "what came is not the $1 that is pinned" >&2; exit 1; }
}
