// A colour for each class, told apart also with red-green blindness (Okabe and Ito 2008), on dark and light images.

const kColours = ["#ffb000", "#56b4e9", "#ff6f61", "#35d0a0", "#e892c8", "#f0e442", "#8fa8ff", "#ff9d5c", "#9be15d", "#c9a0ff"];

export const classColour = (id: number): string => kColours[(Math.max(id, 1) - 1) % kColours.length];
