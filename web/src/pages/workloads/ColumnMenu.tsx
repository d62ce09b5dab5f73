import { Button, Menu, MenuItem, MenuTrigger, Popover, type Selection } from "react-aria-components";

import { Icon } from "../../ui/Icon";

interface Props {
  choices: { id: string; name: string }[];
  hidden: string[];
  onChange: (hidden: string[]) => void;
}

/** Which columns are in sight. */
export function ColumnMenu({ choices, hidden, onChange }: Props) {
  const shown = choices.filter((choice) => !hidden.includes(choice.id)).map((choice) => choice.id);
  const change = (selection: Selection) => onChange(selection === "all" ? [] : choices.filter((choice) => !selection.has(choice.id)).map((choice) => choice.id));
  return (
    <MenuTrigger>
      <Button className="button">
        <Icon name="columns" />
        Columns
      </Button>
      <Popover className="popover" placement="bottom end">
        <Menu className="menu" aria-label="Columns" items={choices} selectionMode="multiple" selectedKeys={shown} onSelectionChange={change}>
          {(choice) => (
            <MenuItem id={choice.id} className="menu-item" textValue={choice.name}>
              {({ isSelected }) => (
                <>
                  <span className="menu-check">{isSelected && <Icon name="check" />}</span>
                  {choice.name}
                </>
              )}
            </MenuItem>
          )}
        </Menu>
      </Popover>
    </MenuTrigger>
  );
}
