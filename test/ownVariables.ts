import { afterAll } from "vitest";

/**
 * Test files share a process. Restores `process.env` after each file, so that files are independent
 * of their order.
 */
const before = { ...process.env };

afterAll(() => {
  for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
  Object.assign(process.env, before);
});
