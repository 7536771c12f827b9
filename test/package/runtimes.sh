# What runs JavaScript: each runtime is a folder below $work/runtimes with a program `run`, and a Node has `node` too.
# Sourced by check.sh.

runtimes=()
failures=0
limit=120 # seconds that a row may take

install_runtime() { # by its name on npm; `here` is the Node that runs now
  local folder=$work/runtimes/$1
  mkdir -p "$folder/bin"
  cd "$folder"
  if [[ $1 == here ]]; then
    ln -s "$(command -v node)" bin/node
  else
    echo '{ "private": true }' >package.json
    case $1 in
      # Bun's install script moves the program elsewhere, and npm does not always run it.
      bun* | deno*) install --ignore-scripts "$1" ;;
      *) install "$1" ;;
    esac
  fi
  case $1 in
    bun*) ln -s "$folder"/node_modules/@oven/bun-*/bin/bun bin/run ;;
    deno*)
      ln -s "$folder"/node_modules/@deno/*/deno bin/deno
      printf '#!/bin/sh\nexec deno run --allow-all "$@"\n' >bin/run
      chmod +x bin/run
      ;;
    here) ln -s node bin/run ;;
    *)
      ln -s "$folder/node_modules/node/bin/node" bin/node
      ln -s node bin/run
      ;;
  esac
}

find_runtimes() { # in the order of their versions, and says these
  local folder
  printf '%-36s' ''
  while read -r folder; do
    runtimes+=("$folder/bin")
    case $folder in
      */bun*) printf '%-12s' "bun $("$folder/bin/run" --version)" ;;
      */deno*) printf '%-12s' "$("$folder/bin/deno" --version | head -n 1 | cut -d ' ' -f 1,2)" ;;
      *) printf '%-12s' "$("$folder/bin/node" --version)" ;;
    esac
  done < <(find "$work/runtimes" -mindepth 1 -maxdepth 1 | sort -V)
  echo
}

everywhere() { true; }
not_on_deno() { [[ ! -e $1/deno ]]; }
on_node() { [[ -e $1/node ]]; }
from_node_24() { on_node "$1" && (("$("$1/node" -p 'parseInt(process.versions.node)')" >= 24)); }

row() { # row WHERE NAME FOLDER COMMAND...: what becomes of the command under each runtime
  local where=$1 name=$2 folder=$3 bin
  shift 3
  printf '%-36s' "$name"
  cd "$work"
  cd "$folder"
  for bin in "${runtimes[@]}"; do
    if ! "$where" "$bin"; then
      printf '%-12s' -
    elif PATH=$bin:$PATH timeout "$limit" env "$@" >"$work/log" 2>&1; then
      printf '%-12s' ok
    else
      printf '%-12s' FAILED
      failures=$((failures + 1))
      { echo "--- $name, ${bin#"$work/runtimes/"}" && cat "$work/log"; } >>"$work/failures"
    fi
  done
  echo
}

report_failures() {
  ((failures == 0)) || {
    cat "$work/failures"
    exit 1
  }
}
