// Icons drawn with lines, as tall as the text they stand beside.
import { html } from "./preact.js";

const PATHS = {
  make: "M12 19V5M5 12l7-7 7 7",
  plus: "M12 5v14M5 12h14",
  close: "M6 6l12 12M18 6L6 18",
  search: "M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14zM16 16l4.5 4.5",
  heart: "M12 20s-7.5-4.7-7.5-10.2A4.3 4.3 0 0 1 12 7.3a4.3 4.3 0 0 1 7.5 2.5C19.500 15.300 12 20 12 20z",
  download: "M12 4v11M7 11l5 5 5-5M5 20h14",
  again: "M19 12a7 7 0 1 1-2.100-5M19 4v4h-4",
  vary: "M4 8h4l8 8h4M4 16h4l2-2M14 10l2-2h4",
  edit: "M5 19l1-4L16.500 4.500l3 3L9 18z",
  reference: "M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4",
  trash: "M5 7h14M10 7V5h4v2M7 7l1 12h8l1-12",
  copy: "M9 9h10v10H9zM15 9V5H5v10h4",
  left: "M15 5l-7 7 7 7",
  right: "M9 5l7 7-7 7",
  clock: "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16zM12 8v4.500l3 2",
  more: "M5.500 11.500a.5.5 0 1 0 0 1 .5.5 0 0 0 0-1zM12 11.500a.5.5 0 1 0 0 1 .5.5 0 0 0 0-1zM18.500 11.500a.5.5 0 1 0 0 1 .5.5 0 0 0 0-1z",
  check: "M5 12.500l4.500 4.500L19 7.500",
  sliders: "M4 8h9M17 8h3M15 6v4M4 16h3M11 16h9M9 14v4",
  large: "M9 4H4v5M15 4h5v5M9 20H4v-5M15 20h5v-5",
  zip: "M5 4h14v16H5zM12 4v3M12 9v2M12 13v3",
  gallery: "M4 4h7v7H4zM13 4h7v7h-7zM4 13h7v7H4zM13 13h7v7h-7z",
  list: "M4 6h16M4 12h16M4 18h16",
  person: "M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM5 20c0-4 3-6 7-6s7 2 7 6",
  play: "M8 5l11 7-11 7z",
  sound: "M9 18a2.500 2.500 0 1 1 0-5 2.500 2.500 0 0 1 0 5zM11.500 15.500V5l6 2",
};

export const Icon = ({ name, filled }) => html`
  <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" fill=${filled ? "currentColor" : "none"}>
    <path d=${PATHS[name]} />
  </svg>
`;
