import { expect, it } from "vitest";
import { receiverList } from "#shared/paging/receiver.ts";
import { functionSettings } from "../../../local/start/functionSettings.ts";

it("a receiver of pages is a second way, which self-tests take and wait for", () => {
  const { PAGE_RECEIVERS = "", SELF_TEST_WAYS } = functionSettings({
    pageReceiver: "http://127.0.0.1:9093/",
  });
  expect(receiverList.parse(JSON.parse(PAGE_RECEIVERS))).toHaveLength(1);
  expect(SELF_TEST_WAYS).toBe("sns,watcher");
  expect(functionSettings({})).toEqual({ PRIVATE_TARGETS: "allowed" });
});
