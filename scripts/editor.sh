# Part of ./x: an editor's settings for this build.

# Writes VS Code's launch file; one that is there is the user's own.
editor() { # [HOST:PORT]
    [ $# -le 1 ] || fail 'editor takes one address: HOST:PORT'
    address=${1:-127.0.0.1:4000}
    case $address in
    *[!A-Za-z0-9_.:[\]-]* | *: | :*) fail "not HOST:PORT: $address" ;;
    *:*) ;;
    *) fail "not HOST:PORT: $address" ;;
    esac
    gather
    file=$root/.vscode/launch.json
    [ ! -e "$file" ] || fail "$file is there already; remove it first, or" \
        'add what docs/editors.md shows'
    mkdir -p "$root/.vscode"
    launch_file >"$file.$$"
    mv "$file.$$" "$file"
    echo "x: boot with: ./x run --serial tcp:$address" >&2
    echo "$file"
}

launch_file() {
    # Within a string of JSON.
    dir=$(printf %s "$out" | sed 's/[\\"]/\\&/g')
    cat <<END
{
  "version": "0.2.0",
  "configurations": [
    {
      "name": "Stormglass: gdb",
      "type": "cppdbg",
      "request": "launch",
      "program": "$dir/kernel.elf",
      "cwd": "\${workspaceFolder}",
      "MIMode": "gdb",
      "miDebuggerServerAddress": "$address",
      "stopAtConnect": true,
      "setupCommands": [{ "text": "-gdb-set sysroot $dir" }]
    },
    {
      "name": "Stormglass: lldb",
      "type": "lldb-dap",
      "request": "attach",
      "program": "$dir/kernel.elf",
      "stopOnEntry": true,
      "initCommands": ["settings set target.exec-search-paths $dir"],
      "attachCommands": [
        "target create --arch i386-unknown-unknown-elf $dir/kernel.elf",
        "process connect --plugin gdb-remote connect://$address"
      ]
    }
  ]
}
END
}
