// SPDX-License-Identifier: Apache-2.0
import type { SecretNames } from "./list.js";

/**
 * Names of fields that hold something about a person which nothing in the value tells. Found only when a policy asks for their kind; then
 * they are names like those of secrets, in fields and in texts.
 */
export const PERSONAL_NAMES: readonly SecretNames[] = [
  {
    kind: "name",
    shape: "any",
    exact: list(
      "full_name first_name last_name middle_name given_name family_name surname maiden_name nick_name birth_name legal_name",
      "display_name customer_name patient_name cardholder_name card_holder holder_name contact_name person_name real_name",
      "vorname nachname familienname geburtsname nom_de_famille prénom apellido apellidos nombre cognome sobrenome achternaam",
      "voornaam imię nazwisko имя фамилия отчество 姓名 氏名 이름",
    ),
  },
  {
    kind: "birth_date",
    shape: "code",
    word: list("dob birthdate birthday"),
    exact: list(
      "date_of_birth birth_date born_on born birth_year year_of_birth geburtsdatum geburtstag date_de_naissance",
      "fecha_de_nacimiento fecha_nacimiento data_di_nascita data_de_nascimento geboortedatum data_urodzenia дата_рождения 生年月日 出生日期",
    ),
  },
  {
    kind: "address",
    shape: "any",
    ending: list(
      "street_address home_address postal_address mailing_address billing_address shipping_address residential_address",
    ),
    exact: list(
      "street street_name address_line address_line_1 address_line_2 address1 address2 house_number postal_code post_code zip_code zip",
      "city town straße strasse hausnummer plz anschrift wohnort adresse rue code_postal calle dirección indirizzo endereço adres ulica адрес 住所 地址 주소",
    ),
  },
  {
    kind: "location",
    shape: "code",
    exact: list(
      "lat lon lng latitude longitude geo_lat geo_lon geo_lng gps gps_coordinates coordinates geolocation geo_point home_location",
    ),
  },
  {
    kind: "health",
    shape: "any",
    exact: list(
      "diagnosis diagnoses icd icd10 icd_code medication medications prescription prescriptions blood_type blood_group allergy allergies disease disability",
      "medical_record medical_record_number mrn medical_history health_condition treatment symptom symptoms pregnancy vaccination lab_result test_result",
      "diagnose krankheit medikament diagnóstico medicación médicament",
    ),
  },
  {
    kind: "biometric",
    shape: "any",
    exact: list(
      "fingerprint_template fingerprint_data fingerprint_image face_embedding face_template face_descriptor face_id_template face_image iris_code iris_template retina_scan",
      "voice_print voice_template palm_print biometric biometric_data biometric_template dna genome",
    ),
  },
  {
    kind: "demographic",
    shape: "any",
    exact: list(
      "gender sex religion ethnicity race nationality marital_status sexual_orientation political_opinion trade_union_membership salary income",
    ),
  },
];

/** The kinds of {@link PERSONAL_NAMES}. */
export const PERSONAL_KINDS: ReadonlySet<string> = new Set(PERSONAL_NAMES.map(({ kind }) => kind));

function list(...lines: string[]): readonly string[] {
  return lines.join(" ").split(" ");
}
