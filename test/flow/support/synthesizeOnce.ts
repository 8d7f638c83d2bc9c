import { tmpdir } from "node:os";
import { synthesize } from "../../../local/start/synthesize.ts";

/** Before any test that starts a cloud: otherwise each of them would make the same templates. */
export const setup = async (): Promise<void> => {
  await synthesize(tmpdir(), () => {});
};
