// Prose from which texts of any length are cut. It says nothing in particular, in common words.
export const words = `
The ferry leaves the small harbor at seven in the morning and returns before dark.
My neighbor grows tomatoes, beans and a single lemon tree on her narrow balcony.
If the meeting runs late, please send the report to the whole team by email.
A young engineer explained how the old bridge carries more weight than it was built for.
The museum keeps its oldest maps in a cold room without any windows.
He bought a used bicycle, fixed the brakes, and rode along the river to work.
Heavy rain closed two mountain roads, but the train through the valley still runs.
The recipe asks for flour, butter, three eggs and a pinch of salt.
Students from five countries built a small satellite during the summer.
The doctor said that sleep, water and a daily walk would help more than any pill.
Our library lends tools as well as books, and the drill is always out.
She plays the piano in the evening when the street below is quiet.
Prices for coffee rose again this year because the harvest was poor.
The court will decide next month whether the new law can stand.
Two dogs waited outside the bakery while their owner chose a loaf of bread.
Scientists followed the birds across the ocean with tiny radio tags.
The password must be longer than twelve letters and should not be a word.
In winter the lake freezes, and people walk across it to the other village.
The company moved its office to a cheaper part of town and saved half the rent.
Nobody could say who had painted the blue door, or why.
The film begins slowly, but the last hour is worth the wait.
Her grandfather repaired clocks and could tell each one by its sound.
A storm took down the power lines, so we cooked dinner over a wood fire.
The bank offers a better rate to people who keep their savings for five years.
After the game the players thanked the crowd and signed a few shirts.
Put the plants near the window, but not where the sun burns the leaves.
The city council voted to plant trees along the main road and widen the path.
When the bus stopped, an old man asked whether this was the way to the station.
`
  .trim()
  .split(/\s+/);
