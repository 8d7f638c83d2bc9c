import { tmpdir } from "node:os";
import { synthesize } from "../../../local/start/synthesize.ts";

/** Synthesizes the templates once, before the tests that start clouds. */
export const setup = async (): Promise<void> => {
  await synthesize(tmpdir(), () => {});
};
