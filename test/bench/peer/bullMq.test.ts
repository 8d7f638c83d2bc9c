import { expect, it } from "vitest";
import { findRedis } from "../../../bench/peer/bullMq.ts";

it("says how to install Redis if it is missing", async () => {
  await expect(findRedis("/nonexistent")).rejects.toThrow("apt-get install redis-server");
});
