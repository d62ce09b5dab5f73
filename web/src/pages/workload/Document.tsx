import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { Button } from "react-aria-components";

import { proposalFileQuery } from "../../api/queries";
import type { PolicyOut, RoleRecommendation } from "../../api/types";
import { roleName } from "../../lib/arn";
import { FORMATS, type Format } from "../../lib/formats";
import { number, plural } from "../../lib/format";
import { documentText, policyLines } from "../../lib/policy";
import { oneOf, useUrlFilter } from "../../lib/urlState";
import { ConfigText, DiffView, ScrollBox } from "../../ui/Code";
import { ChoiceBar } from "../../ui/filters";
import { Icon } from "../../ui/Icon";
import { Panel } from "../../ui/layout";
import { keysOf, POLICY_KIND } from "../../ui/marks";
import { Empty, ProblemBox, Skeleton } from "../../ui/states";
import { CopyButton, download } from "../../ui/values";
import { useKnobs } from "./useKnobs";
import { useWorkload } from "./Workload";

const NAMES = ["format"] as const;
const ALL = keysOf(FORMATS);

/** The permissions policy in the form that is asked for: beside today's as IAM JSON, else as the file to apply. */
export function Document({ role }: { role: RoleRecommendation }) {
  const url = useUrlFilter(NAMES);
  const format = oneOf(url.values.format, ALL) ?? "iam";
  return (
    <Panel title="Permissions policy" note={<Sizes role={role} />}>
      <ChoiceBar
        label="Format"
        value={format}
        options={ALL.map((one) => [one, FORMATS[one].word] as const)}
        onCommit={(next) => url.set({ format: next === "iam" ? undefined : next }, { replace: true, stay: true })}
      />
      <p className="muted format-says">{FORMATS[format].says}</p>
      {format === "iam" ? <PolicyDiff role={role} /> : <File role={role.role_arn} format={format} />}
    </Panel>
  );
}

function Sizes({ role }: { role: RoleRecommendation }) {
  return (
    <>
      {number(role.granted)} actions granted today, {number(role.kept.length)} kept
    </>
  );
}

function PolicyDiff({ role }: { role: RoleRecommendation }) {
  const before = useMemo(() => policyLines(role.current_policies), [role]);
  const after = useMemo(() => policyLines(role.policies), [role]);
  return (
    <>
      {role.policies.map((policy) => (
        <PolicyActions key={policy.name} policy={policy} role={role.role_arn} />
      ))}
      {role.current_policies.length === 0 && (
        <p className="muted format-says">
          Today's policies are not in the inventory, so everything proposed shows as added. Run <code>podtrail inventory authorization-details.json</code> to compare.
        </p>
      )}
      {before.length + after.length === 0 ? <Empty title="No policy is proposed" /> : <DiffView before={before} after={after} label="Permissions policy diff" />}
    </>
  );
}

function PolicyActions({ policy, role }: { policy: PolicyOut; role: string }) {
  if (policy.document == null) return null;
  const text = documentText(policy.document);
  return (
    <div className="file-head">
      <span>
        <strong className="break">{policy.name}</strong>{" "}
        <span className="muted">
          {POLICY_KIND[policy.kind]}, {plural(policy.characters, "character")}
        </span>
      </span>
      <FileActions name={policy.name} file={{ name: `${roleName(role)}-${policy.name}.json`, type: "application/json", text: `${text}\n` }} copied={text} />
    </div>
  );
}

/** The file as the server writes it, for the role that is shown. */
function File({ role, format }: { role: string; format: Format }) {
  const { path } = useWorkload();
  const { knobs } = useKnobs();
  const file = useQuery(proposalFileQuery(path, { ...knobs, role }, format));
  if (file.error !== null) return <ProblemBox error={file.error} retry={() => void file.refetch()} />;
  if (file.data === undefined) return <Skeleton lines={8} label={`Loading ${FORMATS[format].word}`} />;
  const { word } = FORMATS[format];
  const text = file.data.text.trimEnd();
  return (
    <>
      <div className="file-head">
        <strong className="break">{file.data.name}</strong>
        <FileActions name={word} file={file.data} copied={file.data.text} />
      </div>
      {format === "iam-minified" ? <ScrollBox label={word}>{text}</ScrollBox> : <ConfigText text={text} label={word} />}
    </>
  );
}

interface Saved {
  name: string;
  type: string;
  text: string;
}

function FileActions({ name, file, copied }: { name: string; file: Saved; copied: string }) {
  return (
    <span className="file-actions">
      <CopyButton text={copied} label={`Copy ${name}`}>
        Copy
      </CopyButton>
      <Button className="button" aria-label={`Download ${name}`} onPress={() => download(file.name, file.type, file.text)}>
        <Icon name="download" />
        Download
      </Button>
    </span>
  );
}
