/**
 * The command that runs this Node.js, with so many file descriptors at most if that is said. Node raises the soft limit to the
 * hard one, so both are set, which only a shell can do for its successor.
 */
export const nodeCommand = (descriptors?: number): string[] =>
  descriptors === undefined
    ? [process.execPath]
    : ["/bin/sh", "-c", `ulimit -n ${descriptors}; exec "$0" "$@"`, process.execPath];
