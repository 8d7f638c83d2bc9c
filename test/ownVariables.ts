import { afterAll } from "vitest";

/** Files share a process: what one of them sets in its environment is gone when it is over, so that no other depends on their order. */
const before = { ...process.env };

afterAll(() => {
  for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
  Object.assign(process.env, before);
});
