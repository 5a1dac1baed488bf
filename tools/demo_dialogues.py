"""What customers of the demo shop write, and what the agents answer.

Each line: tag, question, answer, last word of the customer, state afterwards. An answer of None leaves the
question waiting; {order} becomes the name of the customer's own order.
"""

DUTCH = [
    ("Delivery", "Hoi! Waar blijft mijn bestelling {order}? 📦", "Goedemiddag! Die is vanochtend met de koerier meegegaan en komt morgen tussen 10 en 12 uur.", "Top, dank je wel!", "closed"),
    ("Return", "De helm uit {order} is te klein. Kan ik ruilen voor een L?", "Natuurlijk. Het retourlabel zit in de doos; zodra hij binnen is sturen wij de L op.", None, "pending"),
    ("Advice", "Passen de fietstassen ook op een e-bike met een dikke drager?", None, None, "open"),
    ("Complaint", "Het slot uit {order} gaat na twee dagen al niet meer open 😡", "Wat vervelend! Ik stuur vandaag een nieuw slot, u hoeft niets terug te sturen.", "Dat is snel geregeld, dank!", "closed"),
    ("Invoice", "Kunnen jullie de factuur van {order} op naam van mijn bedrijf zetten?", None, None, "open"),
    ("Repair", "Mijn voorlicht knippert alleen nog. Valt dat onder garantie?", "Ja, twee jaar. Heeft u een foto van het lampje voor mij?", None, "pending"),
    ("Delivery", "Kan ik {order} ook op mijn werk laten bezorgen?", None, None, "open"),
    ("Delivery", "Pakket is bezorgd bij de buren op 14, maar die weten van niks", "Ik zoek het meteen uit bij de bezorger en laat het u vanmiddag weten.", None, "snoozed"),
    ("Advice", "Welke maat buitenband heb ik nodig voor een Gazelle Orange C7?", "Dat is 28 inch, 37-622. De lekvrije band op onze site past er precies op.", "Super, heb hem besteld", "closed"),
    ("Return", "Wanneer krijg ik mijn geld terug van de retour?", None, None, "open"),
    ("Delivery", "Is {order} al verzonden? Ik ga vrijdag op fietsvakantie.", "Hij gaat vandaag de deur uit, dus morgen heeft u hem.", None, "pending"),
    ("Complaint", "Ik heb twee linkerhandschoenen gekregen 😅", None, None, "open"),
    ("Advice", "Hebben jullie het rieten mandje ook in het zwart?", "Nog niet, maar over twee weken wel. Zal ik u dan een bericht sturen?", "Ja graag!", "open"),
    ("Invoice", "Ik heb {order} dubbel betaald via iDEAL, zie ik nu", "Ik zie het ook. Het tweede bedrag staat binnen drie werkdagen terug op uw rekening.", None, "pending"),
    ("Advice", "Tot hoeveel kilo kan het kinderzitje?", None, None, "open"),
]  # fmt: skip

ENGLISH = [
    ("Delivery", "Hi, could you tell me where order {order} is?", "Hello! It left our warehouse this morning; you will have it tomorrow.", "Perfect, thanks a lot", "closed"),
    ("Delivery", "Do you ship to the UK, and how long does it take?", "We do: three to five working days, duties are included.", None, "pending"),
    ("Return", "The poncho is lovely but too long. Can I send it back?", None, None, "open"),
    ("Advice", "Is the child seat suitable for a 2-year-old?", "Yes, from 9 months up to 22 kg.", "Great, ordering now", "closed"),
    ("Complaint", "My pump arrived without the gauge 🙁 (order {order})", None, None, "open"),
    ("Invoice", "Please add our VAT number to the invoice of {order}", "Done, the corrected invoice is in your mailbox.", None, "pending"),
    ("Repair", "The USB light does not charge any more. What can I do?", None, None, "open"),
]  # fmt: skip

# People who write without being customers (yet).
STRANGERS = [
    "Joost", "Kim V.", "Sara", "Mees Bos", "Yara", "Dirk-Jan", "Fatima", "Henk 🚲", "Lisa", "Omar", "Tess",
    "Gijs", "Naomi", "Wout", "Esmee", "Ali", "Roos", "Stijn", "Mila", "Koen", "Julia", "Boris", "Femke",
    "Youssef", "Lieke", "Sem", "Anouk", "Ties", "Vera", "Jip", "Merel", "Casper", "Nina", "Floor", "Bram K.",
]  # fmt: skip
STRANGER_QUESTIONS = [
    ("Advice", "Goedemorgen, zijn jullie zondag open?", "Nee, van dinsdag tot en met zaterdag van 9.30 tot 17.30 uur.", "Oké, dan kom ik zaterdag", "closed"),
    ("Advice", "Verkopen jullie ook tweedehands fietsen?", None, None, "open"),
    ("Advice", "Heeft u de gelzadels op voorraad in de winkel?", "Ja, er liggen er nog vier. Zal ik er een apart leggen?", None, "pending"),
    ("Delivery", "Wat zijn de verzendkosten naar België?", "Gratis vanaf 50 euro, daaronder 4,95 euro.", "Dank!", "closed"),
    ("Repair", "Kan ik bij jullie mijn fiets laten nakijken? Hij kraakt nogal", None, None, "open"),
    ("Advice", "Is de regenponcho ook geschikt met een rugzak eronder?", None, None, "open"),
    ("Delivery", "Hoi, kan ik een cadeaubon bestellen die morgen binnen is?", "Ja, die mailen wij meteen na betaling.", None, "pending"),
    ("Invoice", "Wij willen 25 helmen bestellen voor ons kantoor. Kan dat op rekening?", None, None, "open"),
]  # fmt: skip

# Mails of customers, of whom some wrote on WhatsApp, too; the last two are no customers (yet).
MAILS = [
    {
        "from": "fleur.bakker@example.com", "tag": "Delivery", "team": 0, "state": "open",
        "subject": "Bestelling {order}: ander afleveradres",
        "question": "Goedemorgen,\n\nIk had jullie ook al een appje gestuurd. Kan {order} naar mijn werk aan de Herengracht 100? Thuis is er overdag niemand.\n\nMet vriendelijke groet,\nFleur Bakker",
        "answer": "Beste Fleur,\n\nHet adres is aangepast: Herengracht 100. De koerier belt een kwartier van tevoren.",
        "last": "Geweldig, dank jullie wel!\n\nFleur",
    },
    {
        "from": "oliver.hughes@example.com", "tag": "Complaint", "team": 0, "state": "open",
        "subject": "Order {order}: bolts are missing",
        "question": "Hello,\n\nThe luggage rack from {order} arrived today, but the bag with the bolts is not in the box. Could you send them? I leave for a trip on Saturday.\n\nBest regards,\nOliver Hughes",
        "answer": None, "last": None,
    },
    {
        "from": "thijs.vandenberg@example.com", "tag": "Invoice", "team": 0, "state": "closed",
        "subject": "Factuur {order}",
        "question": "Beste mensen,\n\nIk kan de factuur van {order} niet vinden. Willen jullie hem nog een keer sturen?\n\nGroet,\nThijs van den Berg",
        "answer": "Beste Thijs,\n\nDe factuur is zojuist opnieuw naar dit adres gestuurd.",
        "last": "Gevonden, hartelijk dank.",
    },
    {
        "from": "receptie@hotelmaas.example.com", "tag": "Advice", "team": 1, "state": "pending",
        "subject": "Offerte voor 12 huurfietsen", "file": "Aanvraag 12 fietsen",
        "question": "Geachte heer, mevrouw,\n\nVoor onze gasten zoeken wij twaalf stadsfietsen met slot. In de bijlage staat wat wij nodig hebben. Kunt u ons een offerte sturen?\n\nMet vriendelijke groet,\nHotel Aan de Maas, receptie",
        "answer": "Dank voor uw aanvraag. U heeft de offerte morgen voor twaalf uur in uw mailbox.",
        "last": None,
    },
    {
        "from": "sophie.martin@example.com", "tag": "Return", "team": 0, "state": "open",
        "subject": "Return of {order}",
        "question": "Hi,\n\nThe helmet from {order} is too small for my son. May I exchange it for the next size, and do I pay for the shipping?\n\nThank you\nSophie",
        "answer": None, "last": None,
    },
    {
        "from": "markus.weber@example.com", "tag": "Delivery", "team": 0, "state": "pending",
        "subject": "Shipping to Munich",
        "question": "Dear team,\n\nhow long does a delivery to Munich take, and can you ship to a parcel station?\n\nKind regards\nMarkus Weber",
        "answer": "Dear Markus,\n\nThree working days. Parcel stations are fine, please give us your post number.",
        "last": None,
    },
    {
        "from": "lotte.mulder@example.com", "tag": "Repair", "team": 0, "state": "open",
        "subject": "Achterlicht doet het niet meer",
        "question": "Hallo,\n\nHet achterlicht dat ik vorige maand bij jullie kocht doet niets meer, ook niet met nieuwe batterijen. Wat nu?\n\nLotte\n\n-- \nVerstuurd vanaf mijn telefoon",
        "answer": None, "last": None,
    },
    {
        "from": "planning@fietskoeriers.example.com", "tag": "Invoice", "team": 1, "state": "open",
        "subject": "Maandelijkse factuur",
        "question": "Goedemiddag,\n\nKunnen wij onze bestellingen voortaan per maand op één factuur krijgen, met ons inkoopnummer erop?\n\nPlanning, Fietskoeriers Randstad BV",
        "answer": None, "last": None,
    },
    {
        "from": "ingrid.haan@example.org", "name": "Ingrid de Haan", "tag": "Advice", "team": 0, "state": "closed",
        "subject": "Fiets inruilen",
        "question": "Beste lezer,\n\nNemen jullie een oude fiets in als ik een nieuwe koop?\n\nIngrid de Haan",
        "answer": "Beste Ingrid,\n\nJa, u krijgt er 25 tot 150 euro voor, afhankelijk van de staat. Neem hem gerust mee naar de winkel.",
        "last": "Fijn, ik kom zaterdag langs.",
    },
    {
        "from": "peter.obrien@example.net", "name": "Peter O'Brien", "tag": "Advice", "team": 0, "state": "open",
        "subject": "Bike rental in June?",
        "question": "Hello,\n\nWe are a group of eight and will be in Amsterdam from 12 to 16 June. Do you rent out bikes, or do you know who does?\n\nCheers,\nPeter",
        "answer": None, "last": None,
    },
]  # fmt: skip
