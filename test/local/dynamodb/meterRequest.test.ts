import { expect, it } from "vitest";
import { meterRequest } from "../../../local/dynamodb/meterRequest.ts";
import { openUsageMeter } from "../../../local/platform/usageMeter.ts";

it.each([
  ["PutItem", 900, 2, { tableWriteUnits: 1 }],
  ["PutItem", 1_025, 2, { tableWriteUnits: 2 }],
  ["UpdateItem", 100, 2, { tableWriteUnits: 1 }],
  ["DeleteItem", 100, 2, { tableWriteUnits: 1 }],
  ["GetItem", 100, 2, { tableReadUnits: 1 }],
  ["Query", 100, 4_097, { tableReadUnits: 2 }],
  ["CreateTable", 900, 900, {}],
])(
  "counts %s of %d bytes with a response of %d",
  (operation, requestBytes, answerBytes, expected) => {
    const usageMeter = openUsageMeter();
    meterRequest(usageMeter, { operation, requestBytes, answerBytes });
    expect(Object.fromEntries([...usageMeter.read()].filter(([, count]) => count > 0))).toEqual(
      expected,
    );
  },
);
