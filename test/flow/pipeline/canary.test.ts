import { expect, it } from "vitest";
import { checks } from "#shared/objective/check.ts";
import { control } from "../support/control.ts";
import { testCloud } from "../support/testCloud.ts";

it("the canary uses a region as a customer does, and measures what works", async () => {
  const cloud = await testCloud({ canary: true });
  const { lambda } = cloud.services;
  const canary = Object.keys(lambda.usage()).find((name) => name.includes("Canarycanary"));
  const run = () => lambda.invoke(canary!, {});
  /** The sum of the failures of each check so far. */
  const failures = () =>
    Object.fromEntries(
      lambda.metrics
        .series()
        .filter(({ name }) => name === "CanaryFailure")
        .map(({ dimensions, sum, samples }) => [dimensions.check, { sum, samples }]),
    );
  const everyCheck = (given: object) => Object.fromEntries(checks.map((check) => [check, given]));

  // The first run creates the user, the device and the integration.
  await run();
  expect(failures()).toEqual(everyCheck({ sum: 0, samples: 1 }));
  await run();
  expect(failures()).toEqual(everyCheck({ sum: 0, samples: 2 }));

  // Without the broker nothing else can be measured, except the API.
  await control(cloud.regions[0]!, "POST /stop", { services: ["broker"] });
  await run();
  expect(failures()).toEqual({
    ...everyCheck({ sum: 0, samples: 2 }),
    api: { sum: 0, samples: 3 },
    connect: { sum: 1, samples: 3 },
  });
  await control(cloud.regions[0]!, "POST /start", { services: ["broker"] });
  await run();
  expect(failures()).toMatchObject({
    ...everyCheck({ sum: 0, samples: 3 }),
    api: { sum: 0, samples: 4 },
    connect: { sum: 1, samples: 4 },
  });

  // No list of the operator shows it.
  expect(await cloud.admin({ listUsers: {} })).toMatchObject({
    rows: [{ username: cloud.user.username }],
  });
  expect(await cloud.admin({ listDevices: {} })).toMatchObject({ rows: [{ id: cloud.device.id }] });
});
