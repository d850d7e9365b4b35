<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en" sourcelanguage="en">
<!-- English needs only its plurals; compile with: pyside6-lrelease cnn_studio_en.ts -qm cnn_studio_en.qm -->
<context>
    <name>EvaluateTab</name>
    <message numerus="yes"><source>%n error(s)</source>
        <translation><numerusform>%n error</numerusform><numerusform>%n errors</numerusform></translation></message>
    <message numerus="yes"><source>%n image(s)</source>
        <translation><numerusform>%n image</numerusform><numerusform>%n images</numerusform></translation></message>
    <message numerus="yes"><source>All errors: %n image(s)</source>
        <translation><numerusform>All errors: %n image</numerusform><numerusform>All errors: %n images</numerusform></translation></message>
</context>
<context>
    <name>Intake</name>
    <message numerus="yes"><source>%n point(s) without usable coordinates were left out.</source>
        <translation><numerusform>%n point without usable coordinates was left out.</numerusform><numerusform>%n points without usable coordinates were left out.</numerusform></translation></message>
    <message numerus="yes"><source>%n file(s) were left out.</source>
        <translation><numerusform>%n file was left out.</numerusform><numerusform>%n files were left out.</numerusform></translation></message>
    <message numerus="yes"><source>%n drawing(s) without a point were left out.</source>
        <translation><numerusform>%n drawing without a point was left out.</numerusform><numerusform>%n drawings without a point were left out.</numerusform></translation></message>
</context>
<context>
    <name>TeachView</name>
    <message numerus="yes"><source>%n drawing(s) are taught, {held} held back</source>
        <translation><numerusform>%n drawing is taught, {held} held back</numerusform><numerusform>%n drawings are taught, {held} held back</numerusform></translation></message>
</context>
</TS>
