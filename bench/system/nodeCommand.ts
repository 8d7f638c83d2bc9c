/**
 * Returns the command that runs this Node.js, optionally with a limit of file descriptors. Node.js
 * raises the soft limit to the hard one, so a shell sets both before it executes Node.js.
 */
export const nodeCommand = (descriptors?: number): string[] =>
  descriptors === undefined
    ? [process.execPath]
    : ["/bin/sh", "-c", `ulimit -n ${descriptors}; exec "$0" "$@"`, process.execPath];
