import { findCloud } from "../admin/findCloud.ts";
import { invokeAt } from "../admin/invoke.ts";
import { messageOf } from "../admin/messageOf.ts";
import { UsageError } from "../admin/usageError.ts";
import { run } from "./run.ts";

/** The name of the function in the templates. It answers also while the API does not. */
const watcherFunction = "godwit-watcher";

try {
  const { text, exitCode } = await run(process.argv.slice(2), async (options) => {
    const place = await findCloud(options, process.env);
    return invokeAt({ ...place, function: watcherFunction })({ status: {} });
  });
  process.stdout.write(`${text}\n`);
  process.exitCode = exitCode;
} catch (error) {
  process.stderr.write(`godwit: ${messageOf(error)}\n`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
