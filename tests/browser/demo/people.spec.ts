// What the page says about people: nothing that insults, and of a group of them nothing but its own name.
import { expect as plainExpect, test as plain } from '@playwright/test';
import { isGroup } from '../../../demo/src/words/people';
import { answers, expect, openReady, test } from './site';

const GROUPS = [
  ...[
    'homosexual man',
    'a gay man',
    'an effeminate man',
    'someone who is gay',
    'a transgender person',
    'a lesbian',
  ],
  ...[
    'a Jew',
    'Jewish people',
    'a person of Jewish faith',
    'an old Jewish woman',
    'Muslims',
    'a Muslim family',
  ],
  ...[
    'a black person',
    'black people',
    'a person with dark skin',
    'an African American',
    'a person from Africa',
  ],
  ...[
    'Chinese people',
    'a Mexican',
    'an Irishman',
    'an Italian American',
    'a Romani person',
    'a Native American',
  ],
  ...[
    'a person of Polish descent',
    'an illegal immigrant',
    'a mentally ill person',
    'someone with Down’s syndrome',
  ],
];
const MEANINGS = [
  ...[
    'polish',
    'black',
    'white',
    'french',
    'turkey',
    'glass',
    'a black hole',
    'a white lie',
    'a Russian doll',
  ],
  ...['a Greek letter', 'a French policeman', 'an Indian prince', 'a gay feeling', 'a German soldier'],
  ...['the place where Jewish people pray', 'a person who speaks French', 'a Chinese game with tiles'],
  ...['a person from the countryside', 'a poor person', 'a child who has no parents', 'Italians who cook'],
];

plain('a group of people is told from a description of them', () => {
  plainExpect(GROUPS.filter((text) => !isGroup(text))).toEqual([]);
  plainExpect(MEANINGS.filter(isGroup)).toEqual([]);
});

test('of a group of people the page shows no words that the model finds near, and says why', async ({
  page,
  server,
  errors: _,
}) => {
  await openReady(page, server);
  const note = page.locator('#answers-note');
  for (const query of ['an African American', 'a gay man', 'a Jew']) {
    await page.locator('#query').fill(query);
    await expect(note).toContainText('This is a group of people rather than a meaning.');
    await expect(answers(page)).toHaveCount(0);
    await expect(page.locator('#plot-labels .hit')).toHaveCount(0);
  }
  // Its own name is no prejudice.
  await page.locator('#query').fill('an immigrant');
  await expect(answers(page)).toHaveText(['immigrant']);
  await page.locator('#query').fill('song to put a baby to sleep');
  await expect(answers(page).first()).toHaveText('lullaby');
  await expect(note).toBeEmpty();
});

test('nothing is insulting unasked', async ({ page, server, errors: _ }) => {
  await openReady(page, server);
  const rude =
    /frog|asshole|fuck|cocksucker|cunt|piece of|ponce|cripple|nympho|redneck|\bass\b|queer|fag|bitch|whore|slut|retard|moron|polack|pygmy|gangsta|nutcase|putz|ignoramus|lazybones|\bjerk\b|\bhag\b|chimpanzee|hippopotamus|prickteaser|baiter|\bclit\b|yokel|harpy|watermelon|mafioso|satyr|trash/i;
  for (const query of [
    'a person of French descent',
    'sexual intercourse',
    'an insulting word for a foreigner',
    'a homosexual man',
    'a poor White person in the southern United States',
    'a woman who has sex for money',
    'a seductive woman',
    'someone who cannot walk',
    'a person of Polish descent',
    'a black person',
    'a poor person',
    'poor people',
    'a fat person',
    'an old woman',
    'a person from Africa',
    'an Italian American',
    'hatred of Jews',
    'female genitals',
    'a person from the countryside',
  ]) {
    await page.locator('#query').fill(query);
    await expect(page).toHaveURL(new RegExp(`q=${query.replaceAll(' ', '\\+')}$`));
    const shown = await page.locator('#answers:visible .head').allTextContents();
    expect(shown.join(' '), query).not.toMatch(rude);
  }
});

test('an insult that is described is an answer', async ({ page, server, errors: _ }) => {
  await openReady(page, server, '?q=a+stupid+person');
  await expect(page.locator('#answers')).toContainText('nincompoop');
});
