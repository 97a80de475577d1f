// What the fake server and the tests take from the page.
export { decide, shownObjects } from "../decide";
export * from "../geometry";
export { bindingFor, comboOf, kBindings, keyName } from "../keys";
export { WorkClock } from "../clock";
export { countsOf, maskBounds, textOf } from "../mask";
export { Raster } from "../raster";
export * from "../polygon";
