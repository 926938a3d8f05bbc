# What gdb does in `./x demo`; any error ends it.
set pagination off
echo \n== The tasks are gdb's threads, by the same numbers:\n
info threads
echo \n== A breakpoint in the kernel, by the name of a function:\n
add-symbol-file target/stormglass/source
break kernel::process::mailbox::send thread 3
continue
echo \n== The way there, from ring 3 through the gate into the kernel:\n
backtrace
echo \n== On by a source line:\n
delete
next
echo \n== Another task, the one that buries the dead:\n
thread 2
backtrace
echo \n== Detaching lets the system go on:\n
detach
