import { Button, Dialog, Heading, Modal, ModalOverlay } from "react-aria-components";

import { SHORTCUTS } from "../lib/keys";
import { Icon } from "../ui/Icon";
import { CLASS_MARK, keysOf, OUTCOME_MARK, PERMISSION_MARK, SEVERITY_MARK, type Mark } from "../ui/marks";
import { MarkBadge } from "../ui/Mark";

/** The keys, and what every mark means. */
export function Help({ isOpen, onOpenChange }: { isOpen: boolean; onOpenChange: (open: boolean) => void }) {
  return (
    <ModalOverlay className="overlay" isOpen={isOpen} onOpenChange={onOpenChange} isDismissable>
      <Modal className="modal">
        <Dialog className="dialog">
          {({ close }) => (
            <>
              <div className="dialog-head">
                <Heading slot="title">Help</Heading>
                <Button className="icon-button" aria-label="Close" onPress={close}>
                  <Icon name="close" />
                </Button>
              </div>
              <h3>Keyboard</h3>
              <dl className="shortcuts">
                {SHORTCUTS.map((shortcut) => (
                  <div key={shortcut.command}>
                    <dt>
                      {shortcut.keys.map((key) => (
                        <kbd key={key}>{key}</kbd>
                      ))}
                    </dt>
                    <dd>{shortcut.does}</dd>
                  </div>
                ))}
              </dl>
              <Legend title="Permissions" marks={keysOf(PERMISSION_MARK).map((key) => PERMISSION_MARK[key])} />
              <Legend title="How far an attribution can be trusted" marks={keysOf(CLASS_MARK).map((key) => CLASS_MARK[key])} />
              <Legend title="How grave a finding is" marks={keysOf(SEVERITY_MARK).map((key) => SEVERITY_MARK[key])} />
              <Legend title="Outcomes" marks={keysOf(OUTCOME_MARK).map((key) => OUTCOME_MARK[key])} />
            </>
          )}
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}

function Legend({ title, marks }: { title: string; marks: Mark[] }) {
  return (
    <>
      <h3>{title}</h3>
      <dl className="shortcuts">
        {marks.map((mark) => (
          <div key={mark.word}>
            <dt>
              <MarkBadge mark={mark} />
            </dt>
            <dd>{mark.says}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}
