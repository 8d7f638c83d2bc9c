import { useState } from "preact/hooks";
import type { ApiRequest } from "../../api/apiRequest.ts";
import type { ReleaseBody } from "../../api/replies.ts";
import { request } from "../../api/request.ts";
import { Button } from "../../ui/button.tsx";
import { Confirm } from "../../ui/confirm.tsx";
import { Curl } from "../../ui/curl.tsx";
import { Field } from "../../ui/field.tsx";
import { number, plural } from "../../ui/format.ts";
import { toast } from "../../ui/toast.tsx";

interface Props {
  readonly release: ReleaseBody;
  /** The path of the release. */
  readonly path: string;
  reload(): Promise<void>;
}

/** What a person can decide about a release in its state. */
export const Decisions = (props: Props) => {
  const { state } = props.release;
  const canHalt = state === "enrolling" || state === "running";
  const isHalted = state === "halted";
  return (
    <>
      {canHalt && <Halt {...props} />}
      {isHalted && (
        <Decide
          {...props}
          name="resume"
          action="Resume"
          done="The release goes on."
          text={resumeText}
        />
      )}
      {state !== "rolling_back" && state !== "rolled_back" && (
        <Decide
          {...props}
          name="rollback"
          action="Roll back"
          done="The devices are brought back."
          text={rollbackText}
        />
      )}
      {(canHalt || isHalted) && (
        <Decide
          {...props}
          name="cancel"
          action="Cancel the release"
          done="The release is cancelled."
          text={cancelText}
        />
      )}
    </>
  );
};

/** At once: a harmful release must stop by one click, and a halt loses nothing. */
const Halt = ({ path, reload }: Props) => {
  const halt: ApiRequest = { method: "POST", path: `${path}/halt`, body: {} };
  return (
    <>
      <Button
        kind="danger"
        onClick={async () => {
          await request(halt);
          await reload();
          toast("The release is halted. No further device is offered the version.");
        }}
      >
        Halt now
      </Button>
      <Curl action="Halt this release" request={halt} />
    </>
  );
};

const left = ({ devices_by_state: { held, waiting } }: ReleaseBody): number => held + waiting;

const changed = ({ devices_by_state: { installed, failed, downloading } }: ReleaseBody): number =>
  installed + failed + downloading;

const resumeText = (release: ReleaseBody): string =>
  `${plural(left(release), "device")} may be offered version ${release.version} again, five at first. ${number(release.devices_by_state.failed)} have failed until now; only later failures can halt the release again.`;

const rollbackText = (release: ReleaseBody): string => {
  const how = {
    slot: "boot their other slot, and get the former version if they have none",
    version: `get version ${release.rollback_version ?? "?"} again`,
    none: "boot their other slot if they have one",
  }[release.rollback];
  return `Up to ${plural(changed(release), "device")} that have begun or finished the update ${how}: each restarts. ${plural(left(release), "other device")} are not offered version ${release.version} any more. A rollback cannot be undone; make a new release instead.`;
};

const cancelText = (release: ReleaseBody): string =>
  `${plural(left(release), "device")} keep their firmware and are not offered version ${release.version} any more. The others keep what they have installed. The release cannot be resumed.`;

interface DecideProps extends Props {
  readonly name: "resume" | "rollback" | "cancel";
  readonly action: string;
  readonly done: string;
  /** What happens. */
  text(release: ReleaseBody): string;
}

const Decide = ({ release, path, reload, name, action, done, text }: DecideProps) => {
  const [reason, setReason] = useState("");
  const body = reason.trim() === "" ? {} : { reason: reason.trim() };
  const decide: ApiRequest = { method: "POST", path: `${path}/${name}`, body };
  return (
    <Confirm
      action={action}
      title={`${action}?`}
      kind={name === "resume" ? "primary" : "danger"}
      request={decide}
      run={async () => {
        await request(decide);
        await reload();
        toast(done);
      }}
    >
      <p>{text(release)}</p>
      <Field label="Reason (optional)" value={reason} maxLength={500} onInput={setReason} />
    </Confirm>
  );
};
