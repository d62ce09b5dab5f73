/** Text for a shell, and documents to save beside it: to be read, then copied. */
import { Button } from "react-aria-components";

import { documentText } from "../lib/policy";
import { JsonText, ScrollBox } from "./Code";
import { Icon } from "./Icon";
import { CopyButton, download } from "./values";

/** Commands of one line or several. */
export function CommandBlock({ text, label = "Command" }: { text: string; label?: string }) {
  return (
    <div className="block">
      <div className="block-actions">
        <CopyButton text={text} label={`Copy: ${label}`}>
          Copy
        </CopyButton>
      </div>
      <ScrollBox label={label}>
        <code className="shell-text">{text}</code>
      </ScrollBox>
    </div>
  );
}

/** Copies or saves a JSON document, under the name that the commands beside it read. */
export function DocumentActions({ document, label, file }: { document: unknown; label: string; file: string }) {
  const text = documentText(document);
  return (
    <div className="block-actions">
      <CopyButton text={text} label={`Copy: ${label}`}>
        Copy
      </CopyButton>
      <Button className="button" aria-label={`Download ${file}: ${label}`} onPress={() => download(file, "application/json", `${text}\n`)}>
        <Icon name="download" />
        {file}
      </Button>
    </div>
  );
}

/** A JSON document as a whole. */
export function DocumentBlock({ document, label, file }: { document: unknown; label: string; file: string }) {
  return (
    <div className="block">
      <DocumentActions document={document} label={label} file={file} />
      <JsonText text={documentText(document)} label={label} />
    </div>
  );
}
