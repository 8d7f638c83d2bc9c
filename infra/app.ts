import { godwit } from "./godwit.ts";
import { SettingsError } from "./readSettings.ts";

try {
  godwit();
} catch (error) {
  if (!(error instanceof SettingsError)) throw error;
  process.stderr.write(`Settings (context in cdk.json, or --context): ${error.message}\n`);
  process.exitCode = 1;
}
