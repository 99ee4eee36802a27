// What `packInt8` calibrates with unless it is given texts: of many kinds and lengths, so that no channel
// of a model that real texts use is missed. One text a line, written for this purpose.

const TEXTS = `
The harbour freezes over in most winters, so the ferry runs only from April to November.
Bread made with too little salt rises faster but tastes of nothing.
She left the meeting early because her train was the last one that evening.
Photosynthesis turns light, water and carbon dioxide into sugar and oxygen.
How do I change the email address of my account?
A small theatre company is looking for volunteers who can sew costumes.
Interest rates stayed unchanged for the third month in a row, the central bank said on Thursday.
The committee rejected the proposal by nine votes to four.
My laptop gets very hot when I open more than ten tabs.
Turn the valve clockwise until you feel resistance, then a quarter turn back.
best hiking boots for wide feet
An adverb modifies a verb, an adjective or another adverb.
The patient was admitted with chest pain and shortness of breath.
He whistled for the dog, but only the echo answered.
Refunds are paid within fourteen days to the card that was used for the purchase.
Two thirds of the households in the valley have no access to clean water.
The violin concerto was written in 1878 and first played three years later.
Can I bring a pushchair on the bus?
Moss grows on the northern side of the roof, where the sun never dries it.
The defendant pleaded guilty to two of the five charges.
capital of Mongolia
Add the onions and cook over low heat until they are soft but not brown.
The comet will be visible to the naked eye shortly before dawn.
Our team shipped the new search page without a single bug report.
It was the kind of silence that follows bad news.
The bridge is closed to lorries heavier than 7.5 tonnes.
Quarterly revenue rose 12.4% to $3.1 billion, while costs fell slightly.
Please find attached the signed contract and the invoice for May.
a sudden fear without any reason
Wolves communicate over long distances by howling.
The museum is free on the first Sunday of every month.
Nobody had told the new neighbours about the cellar.
The function returns null if the list is empty, which the caller does not check.
He scored twice in the second half and was sent off in the last minute.
The older of the two sisters became a judge; the younger one sails around the world.
Sixty volunteers planted four thousand trees along the old railway line.
Is it safe to take ibuprofen with coffee?
The glacier has lost half of its volume since 1950.
To be eligible you must be at least eighteen years old and live in the district.
The soup was cold, the waiter was rude, and we waited an hour for the bill.
Lovely little hotel, quiet rooms, excellent breakfast, five minutes from the beach.
a tool for tightening bolts
The prime minister will meet the leaders of the opposition next week.
Rust's borrow checker rejects programs in which two mutable references are alive at once.
Sand from the desert is carried across the ocean and fertilises the forest on the other side.
I'd rather walk than wait for another bus.
the quality of being easily broken
The painting shows a woman reading a letter by an open window.
Prices include tax and delivery within the country.
There are more possible games of chess than atoms in the universe.
The startup raised twenty million dollars to build batteries without cobalt.
Children under the age of six travel free when accompanied by an adult.
Her grandfather repaired clocks in a shop no wider than its door.
What is the difference between a crocodile and an alligator?
Heavy rain and strong winds are expected along the coast tonight.
The bacteria become resistant when the treatment is stopped too early.
Keep out of reach of children. Store below 25 °C.
In the beginning the project had neither money nor a name.
The parser reads tokens from left to right and never looks more than one ahead.
We regret to inform you that the position has been filled.
unsubscribe from newsletter
The election was postponed because of the floods.
An old map of the city shows a river where the market is today.
You can't compare the two studies: one measured children, the other one adults.
Rabbits were introduced by sailors and soon ate the island bare.
The second movement is slow, almost a lullaby.
He asked for directions in three languages and understood none of the answers.
Error 403: you do not have permission to view this page.
The recipe calls for 250 g of flour, 3 eggs and a pinch of nutmeg.
She is allergic to nuts, shellfish and most kinds of small talk.
The satellite measures the height of the sea to within two centimetres.
Workers at the plant voted to end the strike after eleven weeks.
to move slowly and with great effort
That was not what I meant at all.
This jacket runs small, so order one size up.
The lighthouse keeper wrote down every ship that passed for forty years.
A neural network learns a representation in which similar inputs lie close together.
The treaty was signed in the spring and broken by the autumn.
Where can I park near the station overnight?
The company denied that it had known about the defect.
Owls fly without a sound because the edges of their feathers are soft.
If the light blinks red, unplug the device and wait ten seconds.
We crossed the border at night, in the back of a truck full of melons.
python sort dictionary by value
The novel has no main character; every chapter follows someone else.
Tickets for tomorrow's match are sold out.
Most of the heat is lost through the windows and the roof.
A judge ordered the release of the documents.
The twins look alike but have never liked the same things.
the part of a ship that is below the water
Inflation eats savings; debt, it leaves alone.
The cat knocked the vase off the shelf and looked at me as if I had done it.
Researchers found that people who sleep less than six hours make twice as many mistakes.
Meet me at 7:45 pm outside the cinema, and bring an umbrella!
The volcano had been silent for six centuries.
Do you have vegetarian options?
The union and the employers agreed on a rise of three per cent.
My flight was cancelled and I need to be in Lisbon by noon.
Gold does not rust, and that is most of its charm.
He was the first to cross the strait in a canoe.
Compressed files take longer to open but less time to send.
belonging to or typical of the countryside
The orchestra tuned, the lights went down, and someone's phone rang.
Only one of the witnesses saw the driver's face.
how many ounces in a pound
The queen bee lays up to two thousand eggs a day.
The law comes into force on 1 January 2027.
There is a hole in the fence big enough for a fox.
Vaccines train the immune system to recognise a part of the virus.
I lost my keys somewhere between the library and the park.
The architect wanted glass, the neighbours wanted trees.
Our support team answers within one business day, usually sooner.
An elegant proof that there is no largest prime number.
The river divides the town into a rich half and a poor one.
The old man fed the pigeons, and the pigeons fed the hawks.
A tax on sugar was introduced to reduce obesity.
Please restart the server after installing the update.
They dug for three days and found nothing but water.
The striker has signed a contract until 2029.
the act of forgiving someone
Sound travels faster in water than in air.
I have never been so tired, so wet, or so happy.
The witness could not remember the colour of the car.
used bicycles under 200 euros
Ten candidates were invited, four came, one was hired.
Rice is grown on terraces that are older than the villages around them.
The sensor reports a value every ten milliseconds; average them before you draw the curve.
We need a plan B.
The new line will connect the airport with the city centre in eighteen minutes.
A stranger paid for the coffee of everyone behind her.
Antibiotics do not work against colds.
His handwriting was so small that the letter needed a magnifying glass.
The exhibition brings together works from forty countries.
Yes.
Thanks!
OK, see you then.
no idea what this means
Monday
tea
Dr. Ines Okonkwo, Department of Geology
12 Harbour Street, 4th floor
SELECT name, COUNT(*) FROM orders GROUP BY name;
for (let i = 0; i < items.length; i++) total += items[i].price;
def area(radius): return 3.14159 * radius ** 2
https://example.org/articles/how-to-prune-roses?page=2
{"id": 4711, "status": "shipped", "items": ["pen", "ink"]}
git commit -m "Fix off-by-one in pagination"
TypeError: cannot read properties of undefined (reading 'length')
+49 30 901820, extension 17
2024-11-05T08:30:00Z
E = mc², a² + b² = c², ∑ 1/n² = π²/6
1, 1, 2, 3, 5, 8, 13, 21, 34
$49.99 – 20% off!!! ⭐⭐⭐⭐⭐
so happy today 😀🎉 #holiday @home
!!! ??? ...
A B C D E F G
ALL PASSENGERS MUST PRESENT A VALID TICKET
x
42
The first thing you notice about the village is the smell of woodsmoke. The second is that there are no cars: the road ends at a gate, and everything beyond it, from the milk to the coffins, is carried or pulled. People who grew up here say that they do not miss the noise. People who moved here say the same, more often.
When an order is placed, the service writes a record to the queue and returns at once. A worker takes the record, reserves the items in the warehouse, charges the card, and sends a confirmation. If any of these steps fails, the ones before it are undone in reverse order and the customer is told what happened.
The trial followed 1,204 adults with mild hypertension for two years. Half of them were given the drug and half a placebo. Blood pressure fell in both groups, by 9.1 and 6.3 mmHg. Side effects were mostly mild: headaches, dry mouth, and in eleven cases a rash that went away within a week.
Dear Ms Farrell, thank you for your letter of 3 March. We are sorry to hear that the table arrived with a broken leg. A replacement is on its way and should reach you by Friday; the driver will take the damaged one back. Yours sincerely, the customer service team
Der Zug nach Leipzig fährt heute von Gleis sieben ab und hat etwa zehn Minuten Verspätung.
Die Katze schläft am liebsten auf der warmen Fensterbank.
Wie kann ich mein Passwort zurücksetzen?
Im Herbst färben sich die Blätter der Buchen gelb und braun.
Le musée est fermé le mardi, sauf pendant les vacances scolaires.
Elle a oublié son parapluie dans le bus.
Quels documents faut-il pour louer un appartement ?
La boulangerie du coin vend le meilleur pain de la ville.
El mercado abre a las ocho y cierra cuando se acaba el pescado.
¿Dónde puedo cambiar dinero cerca de la estación?
Mi abuela cosía vestidos para todo el barrio.
La sequía ha reducido la cosecha de aceitunas a la mitad.
Il treno per Bologna parte dal binario due.
Non mi piace il caffè troppo dolce.
O barco volta ao porto antes do anoitecer.
Preciso de um médico que fale inglês.
De fiets staat in de schuur achter het huis.
Hoeveel kost een kaartje voor de tentoonstelling?
Pociąg odjeżdża o szóstej rano z peronu trzeciego.
Zimą jezioro zamarza i dzieci jeżdżą na łyżwach.
Bussen går varje timme från torget.
Hava bugün çok güzel, parkta yürüyelim.
Tôi muốn đặt một bàn cho hai người vào tối nay.
Perpustakaan itu buka setiap hari kecuali Senin.
Библиотека открыта по будням с девяти до восьми.
Как пройти к вокзалу?
Река замерзла раньше, чем обычно.
Потяг до Львова відправляється о сьомій.
Το εστιατόριο κλείνει αργά το βράδυ.
المتجر مفتوح كل يوم ما عدا الجمعة.
أين أقرب صيدلية؟
הספר נמצא על המדף השלישי.
पुस्तकालय रविवार को बंद रहता है।
मुझे दो लोगों के लिए एक कमरा चाहिए।
ร้านอาหารปิดเวลาสี่ทุ่ม
图书馆星期一不开放。
请问最近的地铁站在哪里?
春天来了,河边的柳树都绿了。
駅までの道を教えてください。
この料理は少し辛いですが、とても美味しいです。
도서관은 월요일에 쉽니다.
가장 가까운 약국이 어디에 있습니까?
`;

export const CALIBRATION_TEXTS: readonly string[] = TEXTS.split('\n').filter(Boolean);
