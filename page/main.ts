import { findCloud } from "../admin/findCloud.ts";
import { invokeAt } from "../admin/invoke.ts";
import { messageOf } from "../admin/messageOf.ts";
import { run } from "./run.ts";

/** The name of the function in the templates. */
const watcherFunction = "godwit-watcher";

try {
  const text = await run(process.argv.slice(2), async (request, options) => {
    const place = await findCloud(options, process.env);
    return invokeAt({ ...place, function: watcherFunction })(request);
  });
  process.stdout.write(`${text}\n`);
} catch (error) {
  process.stderr.write(`godwit: ${messageOf(error)}\n`);
  process.exitCode = 1;
}
