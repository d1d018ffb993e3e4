(* Names: which are legal, how MLIR writes them (src/print/stablehlo.cpp, print_name), and that those of a
   module are pairwise distinct. *)
From Coq.Strings Require Import Byte.
From Coq Require Import ZArith NArith List Bool PArith FMapPositive.
From Pullback Require Import Syntax Print.Bytes.
Import ListNotations.

Definition code (b : byte) : N := Byte.to_N b.
Definition between (low high : byte) (b : byte) : bool := ((code low <=? code b) && (code b <=? code high))%N.
Definition is_digit : byte -> bool := between x30 x39.
Definition is_letter (b : byte) : bool := between x61 x7a b || between x41 x5a b.
(* letters, digits, '.', '_', '-', '$' *)
Definition in_name (b : byte) : bool :=
  is_letter b || is_digit b || match b with x2e | x5f | x2d | x24 => true | _ => false end.
Definition name_ok (n : name) : bool := match n with [] => false | _ => forallb in_name n end.

(* "%name"; "%$name" if the name begins with '$', or with a digit without being a number. *)
Definition print_name (n : name) : name :=
  match n with
  | [] => []
  | x24 :: _ => x25 :: x24 :: n
  | b :: _ => if is_digit b && negb (forallb is_digit n) then x25 :: x24 :: n else x25 :: n
  end.

(* The function's module: other characters become '_' (module_name). *)
Definition module_name (n : name) : name :=
  let n := map (fun b => if is_letter b || is_digit b then b else x5f) n in
  match n with
  | [] => [x5f]
  | b :: _ => if is_digit b then x5f :: n else n
  end.

(* Names are kept in buckets, by a key that equal names share. *)
Fixpoint mix (n : name) (h : N) : N :=
  match n with [] => h | b :: n => mix n (N.land (h * 33 + code b) 65535) end.
Definition key (n : name) : positive := N.succ_pos (mix n 5381).
Definition bucket (k : positive) (m : PositiveMap.t (list name)) : list name :=
  match PositiveMap.find k m with Some l => l | None => [] end.
Fixpoint distinct_from (m : PositiveMap.t (list name)) (l : list name) : bool :=
  match l with
  | [] => true
  | n :: l =>
      let k := key n in
      let old := bucket k m in
      if existsb (bytes_eqb n) old then false else distinct_from (PositiveMap.add k (n :: old) m) l
  end.
Definition distinct (l : list name) : bool := distinct_from (PositiveMap.empty _) l.

(* After distinct_from m l: the names of l are distinct, and none of them is in the buckets of m. *)
Lemma distinct_from_spec l : forall m, distinct_from m l = true ->
  NoDup l /\ forall n, In n l -> ~ In n (bucket (key n) m).
Proof.
  induction l as [|a l IH]; intros m H.
  - split; [constructor | intros n []].
  - cbn [distinct_from] in H. destruct (existsb (bytes_eqb a) (bucket (key a) m)) eqn:E; [discriminate|].
    apply IH in H as [N H].
    assert (K : forall n, In n (bucket (key n) m) \/ n = a ->
                In n (bucket (key n) (PositiveMap.add (key a) (a :: bucket (key a) m) m))).
    { intros n B. unfold bucket at 1. destruct (Pos.eq_dec (key n) (key a)) as [Q|Q].
      - rewrite Q, PositiveMap.gss. rewrite Q in B. simpl. destruct B; auto.
      - rewrite PositiveMap.gso by auto. destruct B as [B|B]; [exact B | congruence]. }
    split.
    + constructor; auto. intros I. apply (H a I). auto.
    + intros n [<-|I] B.
      * enough (existsb (bytes_eqb a) (bucket (key a) m) = true) by congruence.
        apply existsb_exists. exists a. split; auto. apply bytes_eqb_refl.
      * apply (H n I). auto.
Qed.
Lemma distinct_NoDup l : distinct l = true -> NoDup l.
Proof. intros H. apply (distinct_from_spec l _ H). Qed.
