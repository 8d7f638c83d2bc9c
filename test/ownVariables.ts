import { afterAll } from "vitest";

// Test files share a process. Restores the environment after each file, so that no file depends on
// the order.
const before = { ...process.env };

afterAll(() => {
  for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
  Object.assign(process.env, before);
});
