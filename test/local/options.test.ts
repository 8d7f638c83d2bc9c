import { describe, expect, it } from "vitest";
import { help, parseOptions } from "../../local/options.ts";

describe("the options", () => {
  it("are ports 8080 and 8883, the demo, and no kept state when nothing is said", () => {
    expect(parseOptions([])).toEqual({
      data: undefined,
      apiPort: 8080,
      mqttPort: 8883,
      demo: true,
      openSignUp: false,
    });
  });

  it("can all be said", () => {
    const args = [
      "--data",
      "/var/godwit",
      "--api-port",
      "0",
      "--mqtt-port=1883",
      "--no-demo",
      "--open-sign-up",
    ];
    expect(parseOptions(args)).toEqual({
      data: "/var/godwit",
      apiPort: 0,
      mqttPort: 1883,
      demo: false,
      openSignUp: true,
    });
  });

  it.each([
    [["--dta", "x"], "--dta"],
    [["x"], "'x'"],
    [["--data"], "--data"],
    [["--data="], "--data"],
    [["--api-port", "http"], "--api-port"],
    [["--api-port", "65536"], "65536"],
    [["--mqtt-port", "-1"], "--mqtt-port"],
    [["--mqtt-port", ""], "--mqtt-port"],
    [["--api-port", "1e3"], "1e3"],
  ])("refuse %j in one line that names it", (args, named) => {
    expect(() => parseOptions(args)).toThrow(
      expect.objectContaining({
        name: "StartError",
        message: expect.stringMatching(new RegExp(`^[^\n]*${named}[^\n]*$`)),
      }),
    );
  });

  it("explain every one of themselves", () => {
    expect(parseOptions(["--help"])).toBe("help");
    for (const option of ["--data", "--api-port", "--mqtt-port", "--no-demo", "--open-sign-up"]) {
      expect(help).toContain(option);
    }
  });
});
