import { describe, expect, it } from "vitest";
import { help, parseOptions } from "../../../local/start/options.ts";

describe("the options", () => {
  it("default to ports 8080 and 8883, the demo, and temporary state", () => {
    expect(parseOptions([])).toEqual({
      data: undefined,
      apiPort: 8080,
      mqttPort: 8883,
      demo: true,
      canary: false,
      openSignUp: false,
      log: "text",
      wire: "port",
    });
  });

  it("can all be set", () => {
    const args = [
      "--data",
      "/var/godwit",
      "--api-port",
      "0",
      "--mqtt-port=1883",
      "--no-demo",
      "--canary",
      "--open-sign-up",
      "--regions=us-east-1,eu-west-1",
      "--connects-per-second=50",
      "--log=json",
      "--wire=http",
      "--durability=process",
      "--page-receiver=http://127.0.0.1:9093/",
    ];
    expect(parseOptions(args)).toEqual({
      data: "/var/godwit",
      apiPort: 0,
      mqttPort: 1883,
      demo: false,
      canary: true,
      openSignUp: true,
      regions: ["us-east-1", "eu-west-1"],
      connectsPerSecond: 50,
      log: "json",
      wire: "http",
      durability: "process",
      pageReceiver: "http://127.0.0.1:9093/",
    });
  });

  it.each([
    [["--regions=us-east-1,eu-west-1", "--api-port=9000", "--mqtt-port=9002"]],
    [["--regions=us-east-1,eu-west-1", "--api-port=0", "--mqtt-port=0"]],
    [["--api-port=9000", "--mqtt-port=9001"]],
  ])("accept ports that do not overlap: %j", (args) => {
    expect(() => parseOptions(args)).not.toThrow();
  });

  it.each([
    [["--dta", "x"], "--dta"],
    [["--page-receiver=http://pages.example.com/"], "http://pages.example.com/"],
    [["x"], "'x'"],
    [["--data"], "--data"],
    [["--data=a", "--durability=disk"], "'disk'"],
    [["--durability=power"], "--data"],
    [["--data="], "--data"],
    [["--api-port", "http"], "--api-port"],
    [["--api-port", "65536"], "65536"],
    [["--mqtt-port", "-1"], "--mqtt-port"],
    [["--mqtt-port", ""], "--mqtt-port"],
    [["--api-port", "1e3"], "1e3"],
    [["--regions", ""], "--regions"],
    [["--regions", "us-east-1,here"], "--regions"],
    [["--regions", "us-east-1,us-east-1"], "--regions"],
    [["--regions", "us-east-1,us-east-2,us-west-1,us-west-2,eu-west-1"], "--regions"],
    [["--wire", "socket"], "--wire takes port or http"],
    [["--connects-per-second", "0"], "--connects-per-second"],
    [["--api-port=9000", "--mqtt-port=9000"], "overlap: .*9000.*9000"],
    [
      ["--regions=us-east-1,eu-west-1", "--api-port=9000", "--mqtt-port=9001"],
      "overlap: with 2 regions, --api-port uses 9000 to 9001 and --mqtt-port uses 9001 to 9002",
    ],
    [["--regions=us-east-1,eu-west-1", "--api-port=9001", "--mqtt-port=9000"], "2 apart"],
    [["--regions=us-east-1,eu-west-1", "--api-port=65535"], "65535 is too high"],
    [["--log", "xml"], "--log"],
  ])("reject %j with one line that names it", (args, named) => {
    expect(() => parseOptions(args)).toThrow(
      expect.objectContaining({
        name: "StartError",
        message: expect.stringMatching(new RegExp(`^[^\n]*${named}[^\n]*$`)),
      }),
    );
  });

  it("are all explained by the help text", () => {
    expect(parseOptions(["--help"])).toBe("help");
    for (const option of [
      "--regions",
      "--data",
      "--api-port",
      "--mqtt-port",
      "--no-demo",
      "--open-sign-up",
      "--connects-per-second",
    ]) {
      expect(help).toContain(option);
    }
  });
});
